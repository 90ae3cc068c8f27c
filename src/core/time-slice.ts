import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'

/** How long work may hold the event loop before requests get their turn, in milliseconds. */
const LENGTH = 3

/** Divides long work: `if (slice.isOver) await slice.next()` between its pieces. */
export class TimeSlice {
  #started = performance.now()

  get isOver(): boolean {
    return performance.now() - this.#started >= LENGTH
  }

  /** Lets the event loop turn once. */
  async next(): Promise<void> {
    await setImmediate()
    this.#started = performance.now()
  }
}
