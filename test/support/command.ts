import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the checkout, absolute, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The environment of a user's shell: without what `npm run` and the test runner add. `first` are folders to search before all others. */
export function shell(...first: string[]): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_(?!config_registry)|NODE_TEST|INIT_CWD)/i.test(name),
  )
  const { PATH = '', ...rest } = Object.fromEntries(inherited)
  const folders = PATH.split(delimiter).filter(folder => !folder.includes('node_modules'))
  return { ...rest, PATH: [...first, ...folders].join(delimiter) }
}

interface CommandOptions {
  /** The whole environment; default that of the tests. */
  env?: NodeJS.ProcessEnv
  folder?: string
}

interface RunningOptions extends CommandOptions {
  /** An open file that takes its stderr, of which nothing is kept then. */
  stderr?: number
  /** A Node program that answers messages. */
  answers?: boolean
}

interface RunOptions extends CommandOptions {
  /** Ends it with SIGTERM after so many milliseconds. */
  timeout?: number
}

export interface Outcome {
  /** The exit status; null when a signal ended it. */
  status: number | null
  stdout: string
  stderr: string
}

/** Runs a command to its end, with nothing on its standard input. Rejects only when it cannot be started. */
export function runCommand(command: string, args: string[], options: RunOptions = {}): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const { env = process.env, folder, timeout } = options
  const child = execFile(
    command,
    args,
    { env, cwd: folder, timeout, maxBuffer: 2 ** 26 },
    (error, stdout, stderr) => {
      if (error !== null && typeof error.code === 'string') reject(error)
      else resolve({ status: child.exitCode, stdout, stderr })
    },
  )
  child.stdin?.end()
  return promise
}

/** A command that keeps running, with what it has written so far. */
export class RunningCommand {
  stdout = ''
  stderr = ''
  readonly #process: ChildProcess
  readonly #exit: Promise<number | null>

  constructor(command: string, args: string[], options: RunningOptions = {}) {
    const { env = process.env, folder, stderr = 'pipe', answers = false } = options
    const stdio: StdioOptions = ['pipe', 'pipe', stderr, ...(answers ? (['ipc'] as const) : [])]
    this.#process = spawn(command, args, { env, cwd: folder, stdio })
    this.#process.stdin?.on('error', () => {})
    this.#process.stdout?.setEncoding('utf8').on('data', text => {
      this.stdout += text
    })
    this.#process.stderr?.setEncoding('utf8').on('data', text => {
      this.stderr += text
    })
    this.#exit = once(this.#process, 'close').then(([status]) => status)
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** The first line on stdout that `pattern` matches; rejects with all output when the command ends before. */
  line(pattern: RegExp): Promise<string> {
    return this.#line('stdout', pattern)
  }

  /** As `line`, on stderr. */
  errorLine(pattern: RegExp): Promise<string> {
    return this.#line('stderr', pattern)
  }

  async #line(name: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
    for (;;) {
      const complete = this[name].split('\n').slice(0, -1)
      const line = complete.find(text => pattern.test(text))
      if (line !== undefined) return line
      const ended = this.#exit.then(status => {
        throw new Error(`ended with ${status} and no line like ${pattern}:\n${this.stdout}${this.stderr}`)
      })
      await Promise.race([once(this.#process[name] as NodeJS.ReadableStream, 'data'), ended])
    }
  }

  /** Writes to its standard input, which is otherwise empty and open. */
  type(text: string): void {
    this.#process.stdin?.write(text)
  }

  /** What a program with `answers` says to a message; rejects with its output when it ends before. */
  async ask(message: string): Promise<unknown> {
    const answer = once(this.#process, 'message')
    this.#process.send(message)
    const ended = this.#exit.then(status => {
      throw new Error(`ended with ${status} instead of an answer:\n${this.stdout}${this.stderr}`)
    })
    const [said] = await Promise.race([answer, ended])
    return said
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /** The exit status; null when a signal ended it. */
  exit(): Promise<number | null> {
    return this.#exit
  }

  /** Ends the command when it still runs. */
  async stop(): Promise<void> {
    if (!this.hasEnded) this.#process.kill('SIGTERM')
    await this.#exit
  }
}
