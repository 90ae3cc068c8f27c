import type { Events } from '../observe/events.ts'

/** Nobody reads the same advice a thousand times: once in this many milliseconds for a runner and a host. */
const SILENCE = 600_000

const REMEMBERED = 1000

/** Names runners that do not trust the local authority. */
export class Distrust {
  readonly #events: Events
  /** When a runner and host were last named; the oldest first. */
  readonly #named = new Map<string, number>()

  constructor(events: Events) {
    this.#events = events
  }

  /** The runner refused the certificate it was shown by `alert`. */
  refused(runner: string, host: string, alert: string): void {
    this.#report(runner, host, alert)
  }

  /** Some, Node above all, send no alert: they close the connection in the handshake or right after it. */
  left(runner: string, host: string): void {
    this.#report(runner, host, 'closed the connection when it saw the certificate, without a request')
  }

  #report(runner: string, host: string, reason: string): void {
    const key = `${runner} ${host}`
    const now = performance.now()
    const last = this.#named.get(key)
    if (last !== undefined && now - last < SILENCE) return
    this.#named.delete(key)
    this.#named.set(key, now)
    const [oldest] = this.#named.keys()
    if (this.#named.size > REMEMBERED && oldest !== undefined) this.#named.delete(oldest)
    this.#events.notice('warn', 'the runner does not seem to trust the local authority', {
      runner,
      host,
      reason,
      hint: 'make it trust the file of `certhop ca path`; `certhop env` prints the variables that do, `certhop run` sets them',
    })
  }
}
