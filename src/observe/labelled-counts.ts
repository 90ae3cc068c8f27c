import type { MetricValue } from './metric-family.ts'

/** Counts of what is rare enough to be looked up by all of its labels. */
export class LabelledCounts {
  readonly #counts = new Map<string, { labels: MetricValue['labels']; value: number }>()

  add(labels: MetricValue['labels'], times = 1): void {
    const key = Object.values(labels).join('\n')
    const count = this.#counts.get(key)
    if (count === undefined) this.#counts.set(key, { labels, value: times })
    else count.value += times
  }

  values(): Iterable<MetricValue> {
    return this.#counts.values()
  }
}
