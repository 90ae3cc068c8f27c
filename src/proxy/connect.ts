import { CerthopError, ERRORS } from '../core/errors.ts'
import { formatAuthority } from '../core/host.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { parseConnectTarget } from '../http1/target.ts'
import type { Selection } from '../registry/selection.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'
import type { ClientConnection, Occupant } from './client-connection.ts'
import type { ProxyContext } from './context.ts'
import { errorAnswer } from './error-answer.ts'
import { checkUnmatched } from './plan.ts'
import { emptyRecord, nextRequestId } from './record.ts'
import { Tunnel, type TunnelTotals } from './tunnel.ts'

/**
 * A CONNECT, until its tunnel stands:
 *
 * ```
 * head → target → selection ── no entry ──► dial TCP ──► 200, tunnel
 *                     │                        └─ dns_failed, connection_refused, connect_timeout, …
 *                     └─ an entry wins ──► not_implemented
 * ```
 * A tunnel is never opened up, so a host that has a certificate can't be reached through one: letting it through would
 * be a request without the certificate.
 */
export class ConnectAttempt implements Occupant {
  /** Whatever follows the head belongs to the tunnel, and is kept for it. */
  readonly requestDone = true
  readonly #context: ProxyContext
  readonly #client: ClientConnection
  readonly #head: RequestHead
  readonly #requestId = nextRequestId()
  readonly #startedAt = performance.now()
  #target: { host: string; port: number } | null = null
  #selection: Selection | null = null
  #over = false

  constructor(context: ProxyContext, client: ClientConnection, head: RequestHead) {
    this.#context = context
    this.#client = client
    this.#head = head
  }

  start(): void {
    try {
      if (this.#head.chunked || this.#head.contentLength > 0) {
        throw new CerthopError('bad_request', 'A CONNECT request has no body (RFC 9110 section 9.3.6)')
      }
      const target = parseConnectTarget(this.#head.target)
      this.#target = target
      this.#selection = this.#context.registry.current.select(target.host, target.port)
      if (this.#selection.entry !== null) throw this.#matched()
      checkUnmatched(target.host, this.#context.policy)
      const origin = this.#context.pool.origin({ ...target, tls: false, identity: null })
      this.#context.pool.connect(origin).then(
        connection => this.#open(connection),
        error => this.#fail(error),
      )
    } catch (error) {
      this.#fail(error as CerthopError)
    }
  }

  takeRequestBytes(bytes: Buffer): number {
    return bytes.length
  }

  onClientDrain(): void {}

  onClientClosed(): void {
    this.#over = true
    this.#record(null, 'client_closed', null, null)
  }

  #open(connection: UpstreamConnection): void {
    if (this.#over) {
      connection.destroy()
      return
    }
    this.#over = true
    this.#client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    const { socket: runner, unread } = this.#client.detach()
    const ends = { runner, server: connection.detach(), fromRunner: unread, fromServer: null }
    new Tunnel(ends, this.#context.deadlines, this.#context.limits.tunnelIdleTimeout, totals =>
      this.#record(200, null, totals, connection),
    )
  }

  #matched(): CerthopError {
    const { host, port } = this.#target as { host: string; port: number }
    const authority = formatAuthority(host, port === 443 ? null : port)
    return new CerthopError(
      'not_implemented',
      `${host} has a certificate, which can't be presented from inside a tunnel`,
      {
        hint: `Request http://${authority}/… through this proxy: it is upgraded to TLS with the certificate.`,
      },
    )
  }

  #fail(error: CerthopError): void {
    if (this.#over) return
    this.#over = true
    const request = {
      requestId: this.#requestId,
      host: this.#target?.host ?? null,
      certificate: this.#selection?.entry?.id ?? null,
      method: this.#head.method,
    }
    this.#record(ERRORS[error.code].status, error.code, null, null)
    this.#client.write(errorAnswer(error, request, 'close'))
    this.#client.exchangeDone(false)
  }

  #record(
    status: number | null,
    error: string | null,
    totals: TunnelTotals | null,
    connection: UpstreamConnection | null,
  ): void {
    this.#context.events.request({
      ...emptyRecord(this.#requestId),
      way: 'tunnel',
      method: this.#head.method,
      host: this.#target?.host ?? null,
      port: this.#target?.port ?? null,
      status,
      certificate: this.#selection?.entry?.id ?? null,
      rule: this.#selection?.rule ?? null,
      generation: this.#selection?.generation ?? null,
      bytesIn: totals?.bytesIn ?? 0,
      bytesOut: totals?.bytesOut ?? 0,
      dnsMs: connection?.dialled.dnsMs ?? null,
      connectMs: connection?.dialled.connectMs ?? null,
      totalMs: performance.now() - this.#startedAt,
      error,
    })
  }
}
