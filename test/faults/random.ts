import { randomInt } from 'node:crypto'

/** Chance that can be repeated: numbers that follow from a seed (mulberry32). */
export class Random {
  readonly seed: number
  #state: number

  /** The seed is what `FAULT_SEED` says, or new. */
  constructor(seed = Number(process.env['FAULT_SEED'] ?? randomInt(2 ** 32))) {
    this.seed = seed
    this.#state = seed
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, at least 0 and less than `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }
}
