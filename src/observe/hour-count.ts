/** An hour is counted in this many parts: what happened up to one part longer ago is in it as well. */
export const PARTS = 12

/** How often something happened in the last hour. */
export class HourCount {
  #total = 0
  readonly #parts: number[] = new Array(PARTS).fill(0)

  get total(): number {
    return this.#total
  }

  /** `part` counts from 0 to `PARTS` - 1, and then from 0 again. */
  add(part: number): void {
    this.#total += 1
    this.#parts[part] = (this.#parts[part] ?? 0) + 1
  }

  /** The part begins anew: what was in it happened an hour ago. */
  clear(part: number): void {
    this.#total -= this.#parts[part] ?? 0
    this.#parts[part] = 0
  }
}
