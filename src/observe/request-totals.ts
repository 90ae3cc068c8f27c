import type { RequestRecord, Way } from './events.ts'
import type { MetricValue } from './metric-family.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

const WAYS: readonly (Way | null)[] = [
  'absolute-http',
  'absolute-https',
  'connect-h1',
  'connect-h2',
  'tunnel',
  'websocket',
  null,
]
const OUTCOMES: readonly Outcome[] = ['ok', 'client_closed', 'error']

/** Counts requests by certificate, way and outcome, at the price of one look-up each. */
export class RequestTotals {
  /** For each certificate a count for each way and outcome. */
  readonly #certificates = new Map<string | null, Float64Array>()

  add(record: RequestRecord): void {
    const { certificate, way } = record
    let counts = this.#certificates.get(certificate)
    if (counts === undefined) {
      counts = new Float64Array(WAYS.length * OUTCOMES.length)
      this.#certificates.set(certificate, counts)
    }
    const place = WAYS.indexOf(way) * OUTCOMES.length + OUTCOMES.indexOf(outcomeOf(record))
    counts[place] = (counts[place] ?? 0) + 1
  }

  *values(): Iterable<MetricValue> {
    for (const [certificate, counts] of this.#certificates) {
      for (const [place, value] of counts.entries()) {
        if (value === 0) continue
        const way = WAYS[Math.floor(place / OUTCOMES.length)] ?? ''
        const outcome = OUTCOMES[place % OUTCOMES.length] ?? ''
        yield { labels: { certificate: certificate ?? '', way, outcome }, value }
      }
    }
  }
}
