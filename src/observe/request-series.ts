import { LatencyCounts } from './latency-counts.ts'
import type { Outcome } from './outcome.ts'

const STEP_MS = 10_000
const STEPS = 360

/** What happened in ten seconds. */
export interface SeriesPoint {
  /** When they began, in milliseconds since 1970. */
  readonly at: number
  readonly requests: number
  /** Those that certhop failed; neither what servers answered nor runners that went away. */
  readonly errors: number
  /** Null when nothing was timed. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

class Step {
  /** Steps since 1970. */
  number = 0
  requests = 0
  errors = 0
  readonly latencies = new LatencyCounts()

  begin(number: number): void {
    this.number = number
    this.requests = 0
    this.errors = 0
    this.latencies.clear()
  }

  get point(): SeriesPoint {
    const { requests, errors, latencies } = this
    const [p50Ms, p99Ms] = [latencies.quantile(0.5), latencies.quantile(0.99)]
    return { at: this.number * STEP_MS, requests, errors, p50Ms, p99Ms }
  }
}

/** The requests of the last hour in steps of ten seconds. Times are milliseconds since 1970. */
export class RequestSeries {
  readonly #steps = Array.from({ length: STEPS }, () => new Step())
  readonly #first: number

  /** `now` is when it begins. */
  constructor(now: number) {
    this.#first = Math.floor(now / STEP_MS)
  }

  /** `milliseconds` null is not timed. */
  add(outcome: Outcome, milliseconds: number | null, now: number): void {
    const step = this.#step(Math.floor(now / STEP_MS))
    step.requests += 1
    if (outcome === 'error') step.errors += 1
    if (milliseconds !== null) step.latencies.add(milliseconds)
  }

  /** In order, without gaps, since the beginning if that is less than an hour ago. The last one is still being counted. */
  points(now: number): SeriesPoint[] {
    const last = Math.floor(now / STEP_MS)
    const first = Math.min(Math.max(last - STEPS + 1, this.#first), last)
    return Array.from({ length: last - first + 1 }, (_, index) => this.#step(first + index).point)
  }

  #step(number: number): Step {
    const step = this.#steps[number % STEPS] as Step
    if (step.number !== number) step.begin(number)
    return step
  }
}
