import type { Events, RequestRecord } from './events.ts'
import { isExchange, outcomeOf } from './outcome.ts'
import { RequestCounts } from './request-counts.ts'
import { RequestSeries, type SeriesPoint } from './request-series.ts'

/** What went on in the last hour. */
export class Activity {
  readonly #counts = new RequestCounts()
  readonly #series = new RequestSeries(Date.now())

  constructor(events: Events) {
    events.onRequest(record => this.#count(record))
  }

  /** Requests that the certificate won, whatever became of them; of those that none won for null. HTTP/2 connections and tunnels count as one. */
  requestsInLastHour(certificateId: string | null): number {
    return this.#counts.requests(certificateId, Date.now())
  }

  /** The hosts of these requests, the most requested first; at most 10,000 over all certificates are known by name. */
  hostsInLastHour(certificateId: string | null): { host: string; requests: number }[] {
    return this.#counts.hosts(certificateId, Date.now())
  }

  /** The hosts of all requests, likewise. */
  allHostsInLastHour(): { host: string; requests: number }[] {
    return this.#counts.allHosts(Date.now())
  }

  /** One point for every ten seconds, in order; the last one is still being counted. */
  series(): SeriesPoint[] {
    return this.#series.points(Date.now())
  }

  #count(record: RequestRecord): void {
    const { certificate, host, way, totalMs, endedAt } = record
    this.#counts.add(certificate, host, endedAt)
    this.#series.add(outcomeOf(record), isExchange(way) ? totalMs : null, endedAt)
  }
}
