import type { Io } from './io.ts'

/** The exit statuses of every command. */
export const Status = { done: 0, failed: 1, invalid: 2 } as const

export interface Option {
  /** `--name` or `--name <value>`. */
  readonly flags: string
  readonly description: string
  readonly choices?: readonly string[]
  /** May be given several times; its value is a list. */
  readonly repeatable?: boolean
  /** What is wrong with a value, or null. */
  readonly check?: (value: string) => string | null
}

/** The options as they were given; `--log-level x` is `logLevel`. */
export interface Options {
  readonly config?: string
  readonly registry?: string
  readonly json?: boolean
  readonly sort?: string
  readonly listen?: string
  readonly admin?: string
  readonly stateDir?: string
  readonly logLevel?: string
  readonly workers?: string
  readonly format?: string
  readonly quiet?: boolean
  readonly host?: readonly string[]
  readonly cert?: string
  readonly key?: string
  readonly pkcs12?: string
  readonly ca?: string
  readonly port?: string
  readonly id?: string
  readonly passphraseFile?: string
  readonly passphraseEnv?: string
  readonly yes?: boolean
  readonly group?: string
  readonly output?: string
  readonly recipient?: string
}

/** `run` writes its results to `io.stdout` and everything else to `io.stderr`. */
export interface Command {
  /** One word; the second one in a group. */
  readonly name: string
  readonly summary: string
  /** Name and description of the one argument, where there is one; `name...` takes all that follows, options included, `[name]` may be left out. */
  readonly argument?: readonly [name: string, description: string]
  readonly options: readonly Option[]
  /** Lines to paste, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** Resolves to the exit status. */
  readonly run: (io: Io, options: Options, args: readonly string[]) => Promise<number>
}

/** Commands that are called by two words, such as `ca path`. */
export interface CommandGroup {
  readonly name: string
  readonly summary: string
  readonly commands: readonly Command[]
}
