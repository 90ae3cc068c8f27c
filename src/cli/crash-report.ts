/** What is told of an error that nobody has caught: where it was thrown, and nothing of what the program had in its hands. */
export interface CrashReport {
  readonly name: string
  readonly code: string | null
  readonly message: string
  /** Places in the code, without the message. */
  readonly stack: readonly string[]
  readonly origin: string
}

/**
 * Node's own report would show every property of the error, its causes, and the line of code. `origin` says what it was:
 * `uncaughtException` or `unhandledRejection`.
 */
export function crashReport(error: unknown, origin: string): CrashReport {
  if (!(error instanceof Error)) return { name: typeof error, code: null, message: '', stack: [], origin }
  const { name, message, stack = '' } = error
  const { code } = error as NodeJS.ErrnoException
  return {
    name,
    code: typeof code === 'string' ? code : null,
    // It quotes what it could not read.
    message: error instanceof SyntaxError ? '' : message,
    stack: stack.split('\n').flatMap(line => /^ {4}(at .*)$/.exec(line)?.[1] ?? []),
    origin,
  }
}
