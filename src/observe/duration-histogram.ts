import type { MetricValue } from './metric-family.ts'

/** Seconds: from less than the proxy itself takes to the longest that a server may take by default. */
const BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
] as const

/** A Prometheus histogram of durations. */
export class DurationHistogram {
  readonly #counts = new Float64Array(BOUNDS.length + 1)
  #sum = 0

  add(milliseconds: number): void {
    const seconds = milliseconds / 1000
    let bucket = 0
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket += 1
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += seconds
  }

  /** Its parts under `name`. */
  values(name: string): MetricValue[] {
    let count = 0
    const buckets = [...BOUNDS, '+Inf'].map((le, bucket) => {
      count += this.#counts[bucket] ?? 0
      return { metricName: `${name}_bucket`, labels: { le }, value: count }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, value: this.#sum },
      { metricName: `${name}_count`, labels: {}, value: count },
    ]
  }
}
