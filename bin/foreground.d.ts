import type { EventEmitter } from 'node:events'

interface ForegroundOptions {
  /** The whole environment; default this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The working directory; default this process's. */
  readonly cwd?: string
  /** Emits the signals that are passed on; default this process. */
  readonly signals?: EventEmitter
}

/**
 * Runs a command in this process's place: its input, its output, its terminal, its signals. Resolves to its exit status,
 * 128 + n after signal n; rejects with Node's error when it can't be started.
 */
export function runInForeground(
  command: string,
  args: readonly string[],
  options?: ForegroundOptions,
): Promise<number>
