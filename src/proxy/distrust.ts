import type { Events } from '../observe/events.ts'

/** Nobody reads the same advice a thousand times: once in this many milliseconds for a runner and a host. */
const SILENCE = 600_000

const REMEMBERED = 1000

/** Names runners that do not trust the local authority. */
export class Distrust {
  readonly #events: Events
  /** Runners and hosts that were named. */
  readonly #named = new Recent()
  /** Runners and hosts between which there were requests. */
  readonly #trusting = new Recent()

  constructor(events: Events) {
    this.#events = events
  }

  /** The runner refused the certificate it was shown by `alert`. */
  refused(runner: string, host: string, alert: string): void {
    this.#report(runner, host, alert)
  }

  /**
   * Some, Node above all, send no alert: they close the connection in the handshake or right after it. Where there were
   * requests it is a spare connection, as browsers have them.
   */
  left(runner: string, host: string): void {
    if (this.#trusting.has(`${runner} ${host}`)) return
    this.#report(runner, host, 'closed the connection when it saw the certificate, without a request')
  }

  /** The runner has made a request. */
  trusts(runner: string, host: string): void {
    this.#trusting.add(`${runner} ${host}`)
  }

  #report(runner: string, host: string, reason: string): void {
    const key = `${runner} ${host}`
    if (this.#named.has(key)) return
    this.#named.add(key)
    this.#events.notice('warn', 'the runner does not seem to trust the local authority', {
      runner,
      host,
      reason,
      hint: 'make it trust the file of `certhop ca path`; `certhop env` prints the variables that do, `certhop run` sets them',
    })
  }
}

/** What was added within `SILENCE`, a bounded number of it. */
class Recent {
  /** On the clock of `performance.now()`; the oldest first. */
  readonly #times = new Map<string, number>()

  has(key: string): boolean {
    const time = this.#times.get(key)
    return time !== undefined && performance.now() - time < SILENCE
  }

  add(key: string): void {
    this.#times.delete(key)
    this.#times.set(key, performance.now())
    const [oldest] = this.#times.keys()
    if (this.#times.size > REMEMBERED && oldest !== undefined) this.#times.delete(oldest)
  }
}
