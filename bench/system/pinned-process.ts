import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { createInterface, type Interface } from 'node:readline'

const STOP_TIMEOUT = 60_000
const READY_TIMEOUT = 300_000
const OUTPUT_KEPT = 2_000

const { PATH } = process.env

/** nginx lives in /usr/sbin, which is on no ordinary user's PATH. */
export const ENVIRONMENT = { ...process.env, PATH: `${PATH}:/usr/sbin:/sbin` }

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

export interface ProcessOptions {
  /** Where its stderr is appended. Left out, the end of it is kept for error messages. */
  readonly stderr?: string
}

/** A process that is bound to one processor. It dies with this one. */
export class PinnedProcess {
  readonly pid: number
  /** As `performance.now()` tells time. */
  readonly startedAt = performance.now()
  readonly #child: ChildProcess
  #lines: Interface | null = null
  #errorOutput = ''

  constructor(core: number, command: readonly string[], options: ProcessOptions = {}) {
    const stderr = options.stderr === undefined ? 'pipe' : openSync(options.stderr, 'a')
    this.#child = spawn('taskset', ['-c', String(core), ...command], {
      stdio: ['pipe', 'pipe', stderr],
      env: ENVIRONMENT,
    })
    if (typeof stderr === 'number') closeSync(stderr)
    this.pid = this.#child.pid ?? 0
    running.add(this.#child)
    this.#child.once('exit', () => running.delete(this.#child))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-OUTPUT_KEPT)
    })
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** The next line on its stdout, to be waited for before it comes; throws when there is none in time. */
  async nextLine(): Promise<string> {
    const { stdout } = this.#child
    if (stdout === null) throw this.#failure('has no output')
    this.#lines ??= createInterface({ input: stdout })
    const lines = this.#lines
    const signal = AbortSignal.timeout(READY_TIMEOUT)
    const [line] = await Promise.race([
      once(lines, 'line', { signal }),
      once(this.#child, 'close', { signal }).then(() => []),
    ]).catch(() => [])
    if (typeof line === 'string') return line
    throw this.#failure(this.#ended ? 'ended before it said anything' : 'said nothing')
  }

  /** Sends a line to its stdin, and waits for one in return. */
  reply(line: string): Promise<string> {
    const answer = this.nextLine()
    this.#child.stdin?.write(`${line}\n`)
    return answer
  }

  /** Repeats `attempt` until it returns true; throws when the process ends before, or takes too long. */
  async until(attempt: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT
    while (!(await attempt())) {
      if (this.#ended) throw this.#failure('ended before it was ready')
      if (Date.now() > deadline) throw this.#failure('did not get ready')
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }

  /** Ends it; throws when it had already ended by itself, or had to be killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#ended) throw this.#failure('crashed')
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT)
    await exited
    clearTimeout(timer)
    if (this.#child.signalCode === 'SIGKILL') throw this.#failure('did not stop')
  }

  #failure(what: string): Error {
    const { exitCode, signalCode, spawnargs } = this.#child
    const status = this.#ended ? ` (${signalCode ?? `status ${exitCode}`})` : ''
    return new Error(`${spawnargs.slice(3).join(' ')} ${what}${status}\n${this.#errorOutput}`.trim())
  }
}
