import { ERRORS } from '../core/errors.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { CLOSING_LIMITS, type Events, type RequestRecord } from './events.ts'
import type { Gauges } from './gauges.ts'
import { LabelledCounts } from './labelled-counts.ts'
import type { MetricFamily, MetricValue } from './metric-family.ts'
import { isExchange } from './outcome.ts'
import { RequestTotals } from './request-totals.ts'

/** What is looked up when somebody asks. */
export interface MetricsSources {
  gauges(): Gauges
  /** Of all certificates in the registry; asked for more than once. */
  certificates(): Iterable<CertificateState>
  /** Of the registry. */
  generation(): number
}

export interface CertificateState {
  readonly id: string
  /** Milliseconds since 1970; null when there is no readable certificate. */
  readonly notAfter: number | null
  /** A request that it wins now would go out with it. */
  readonly usable: boolean
}

/**
 * What Prometheus gets. Counted here in plain numbers, because prom-client takes longer to find a counter than should be
 * spent on a request; prom-client writes them down, and is loaded when somebody asks.
 */
export class Metrics {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8'
  readonly #sources: MetricsSources
  readonly #requests = new RequestTotals()
  readonly #durations = new DurationHistogram()
  readonly #firstBytes = new DurationHistogram()
  readonly #errors = new LabelledCounts()
  readonly #handshakes = new LabelledCounts()
  readonly #closed = new LabelledCounts()
  #lastReload: { readonly at: number; readonly isSuccessful: boolean } | null = null

  constructor(events: Events, sources: MetricsSources) {
    this.#sources = sources
    // From zero, because the first of a kind would be no increase otherwise.
    for (const code of Object.keys(ERRORS)) this.#errors.add({ code }, 0)
    for (const limit of CLOSING_LIMITS) this.#closed.add({ limit }, 0)
    events.onRequest(record => this.#count(record))
    events.onHandshake(({ certificate, resumed, result }) =>
      this.#handshakes.add({ certificate: certificate ?? '', resumed: String(resumed), result }),
    )
    events.onClosed(limit => this.#closed.add({ limit }))
    events.onRegistry(({ at, outcome }) => {
      this.#lastReload = { at, isSuccessful: outcome === 'loaded' || outcome === 'unchanged' }
    })
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    const { writeFamily, writeProcessMetrics } = await import('./prometheus-text.ts')
    const parts: string[] = []
    for (const family of this.#families()) parts.push(await writeFamily(family))
    parts.push(await writeProcessMetrics())
    return parts.join('\n')
  }

  #count(record: RequestRecord): void {
    const { way, firstByteMs, totalMs, error } = record
    this.#requests.add(record)
    if (error !== null && error !== 'client_closed') this.#errors.add({ code: error })
    if (!isExchange(way)) return
    this.#durations.add(totalMs)
    if (firstByteMs !== null) this.#firstBytes.add(firstByteMs)
  }

  /** In the order of docs/monitoring.md. */
  #families(): MetricFamily[] {
    const { gauges, certificates, generation } = this.#sources
    const { clientConnections, tunnels, upstreamConnections } = gauges()
    return [
      counter(
        'certhop_requests_total',
        'Requests that have ended. An HTTP/2 connection, a WebSocket and a tunnel count as one each.',
        this.#requests,
      ),
      histogram(
        'certhop_request_duration_seconds',
        'From the head of a request to the end of its response.',
        this.#durations,
      ),
      histogram(
        'certhop_upstream_first_byte_seconds',
        "From the head of a request to the first byte of the server's response.",
        this.#firstBytes,
      ),
      counter('certhop_errors_total', 'Requests that have failed, by the code of the failure.', this.#errors),
      gauge('certhop_client_connections', 'Open connections of runners.', () => single(clientConnections)),
      counter(
        'certhop_client_connections_closed_total',
        'Connections of runners that certhop has closed because of a limit: turned away, made to give way, too slow or idle.',
        this.#closed,
      ),
      gauge('certhop_tunnels', 'Open tunnels: blind ones, HTTP/2 connections and WebSockets.', () =>
        single(tunnels),
      ),
      gauge(
        'certhop_upstream_connections',
        'Open connections to servers: active ones have a request or a tunnel, idle ones wait for the next.',
        () => Object.entries(upstreamConnections).map(([state, value]) => ({ labels: { state }, value })),
      ),
      counter(
        'certhop_upstream_handshakes_total',
        'TLS handshakes with servers that have ended: ok, or with the code of the failure.',
        this.#handshakes,
      ),
      gauge(
        'certhop_registry_generation',
        'The generation of the registry in force; one more with every change.',
        () => single(generation()),
      ),
      gauge(
        'certhop_registry_last_reload_successful',
        '1 when the registry was accepted when it was last read, 0 when it was not and an older one is in force.',
        () => single(this.#lastReload && Number(this.#lastReload.isSuccessful)),
      ),
      gauge(
        'certhop_registry_last_reload_timestamp_seconds',
        'When the registry was last read, accepted or not.',
        () => single(this.#lastReload && this.#lastReload.at / 1000),
      ),
      gauge('certhop_certificate_not_after_timestamp_seconds', 'When the certificate expires.', () =>
        ofCertificates(certificates(), ({ notAfter }) => notAfter && notAfter / 1000),
      ),
      gauge(
        'certhop_certificate_usable',
        '1 when requests go out with the certificate, 0 when it is not valid yet or its requests fail.',
        () => ofCertificates(certificates(), ({ usable }) => Number(usable)),
      ),
    ]
  }
}

function counter(name: string, help: string, counts: { values(): Iterable<MetricValue> }): MetricFamily {
  return { name, type: 'counter', help, values: () => counts.values() }
}

function histogram(name: string, help: string, durations: DurationHistogram): MetricFamily {
  return { name, type: 'histogram', help, values: () => durations.values(name) }
}

function gauge(name: string, help: string, values: MetricFamily['values']): MetricFamily {
  return { name, type: 'gauge', help, values }
}

function single(value: number | null): MetricValue[] {
  return value === null ? [] : [{ labels: {}, value }]
}

function* ofCertificates(
  certificates: Iterable<CertificateState>,
  measure: (certificate: CertificateState) => number | null,
): Iterable<MetricValue> {
  for (const certificate of certificates) {
    const value = measure(certificate)
    if (value !== null) yield { labels: { certificate: certificate.id }, value }
  }
}
