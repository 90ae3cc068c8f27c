/** Each bucket is this much wider than the one before: what is read off is off by 9 percent at most. */
const GROWTH = 2 ** 0.25
const SMALLEST_MS = 0.01
/** Up to ten minutes. */
const BUCKETS = 104

const SCALE = 1 / Math.log(GROWTH)

/** Durations, kept as a count for each order of size. */
export class LatencyCounts {
  #total = 0
  readonly #counts = new Uint32Array(BUCKETS)

  add(milliseconds: number): void {
    const bucket = Math.ceil(Math.log(milliseconds / SMALLEST_MS) * SCALE)
    const index = Math.min(Math.max(bucket, 0), BUCKETS - 1)
    this.#total += 1
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  clear(): void {
    this.#total = 0
    this.#counts.fill(0)
  }

  /** The duration that a share of all, 0 to 1, did not exceed, in milliseconds; null when there was none. */
  quantile(share: number): number | null {
    if (this.#total === 0) return null
    const wanted = Math.max(1, share * this.#total)
    let counted = 0
    const bucket = this.#counts.findIndex(count => {
      counted += count
      return counted >= wanted
    })
    // The middle of the bucket.
    return SMALLEST_MS * GROWTH ** (bucket - 0.5)
  }
}
