/** How late a deadline may be noticed, in milliseconds. */
const TICK = 100

/** Something that must not wait for ever. */
export interface Timed {
  /** On the clock of `performance.now()`, in milliseconds; 0 for none. Set by plain assignment, as often as it pleases. */
  readonly deadline: number
  /** Called once the deadline has passed, on every tick until it is moved. */
  expire(): void
}

/**
 * One coarse timer for all deadlines. Arming and disarming a timer for every request costs more than looking at every
 * connection ten times a second: ten thousand of them take some 50 µs.
 */
export class Deadlines {
  readonly #watched = new Set<Timed>()
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK)
    this.#timer.unref()
  }

  watch(timed: Timed): void {
    this.#watched.add(timed)
  }

  forget(timed: Timed): void {
    this.#watched.delete(timed)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const now = performance.now()
    for (const timed of this.#watched) {
      if (timed.deadline !== 0 && timed.deadline <= now) timed.expire()
    }
  }
}
