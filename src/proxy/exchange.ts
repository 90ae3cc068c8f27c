import { type CerthopError, ERRORS } from '../core/errors.ts'
import { type Body, requestBody } from '../http1/body.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { hasHost, writeRequestHead } from '../http1/rewrite.ts'
import { authorityOf, formatAbsoluteTarget, parseAbsoluteTarget, type Target } from '../http1/target.ts'
import type { Way } from '../observe/events.ts'
import type { Selection } from '../registry/selection.ts'
import type { UpstreamConnection, UpstreamListener } from '../upstream/connection.ts'
import type { Origin } from '../upstream/origin.ts'
import { closedEarly } from '../upstream/tls-errors.ts'
import type { ClientConnection, Occupant } from './client-connection.ts'
import type { ProxyContext } from './context.ts'
import { errorAnswer } from './error-answer.ts'
import { certificatePort, planRequest } from './plan.ts'
import { emptyRecord, nextRequestId } from './record.ts'
import { mayUpgrade, ResponseRelay } from './response-relay.ts'
import { RESPONSE_TIMEOUT } from './response-timeout.ts'
import { Tunnel } from './tunnel.ts'

/** Methods that may be sent again when a kept connection turns out dead (RFC 9110 section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

const VIA = '1.1 certhop'

/**
 * One request and its response: the straight line that everything else serves.
 *
 * ```
 * head → target → admission → selection → plan → upstream connection → relay → record
 *        bad_request        │ the entry's     dns_…, connection_…,   bad_response, connection_reset,
 *                           │ error           tls_…, …_certificate_… response_timeout
 *                           └─ proxy_authentication_required
 * ```
 * The two directions run independently: a response may be complete before its request is. The exchange is over when
 * both are, or when one of them can't be completed.
 */
export class Exchange implements UpstreamListener, Occupant {
  readonly #context: ProxyContext
  readonly #client: ClientConnection
  readonly #head: RequestHead
  readonly #requestId = nextRequestId()
  readonly #startedAt = performance.now()
  readonly #requestBody: Body
  readonly #relay: ResponseRelay
  #target: Target | null = null
  /** Null until the runner is admitted. */
  #groups: readonly string[] | null = null
  #selection: Selection | null = null
  #connection: UpstreamConnection | null = null
  /** What came of the request body before there was a connection for it; kept until a response shows that it arrived. */
  #early: Buffer | null = null
  #bytesIn = 0
  #firstByteAt = 0
  #retried = false
  #over = false

  constructor(context: ProxyContext, client: ClientConnection, head: RequestHead) {
    this.#context = context
    this.#client = client
    this.#head = head
    this.#requestBody = requestBody(head, context.limits)
    this.#relay = new ResponseRelay(client, head, {
      limits: context.limits,
      via: context.via ? VIA : null,
      draining: () => context.draining,
    })
  }

  get requestDone(): boolean {
    return this.#requestBody.done
  }

  start(): void {
    // The first bytes of the body may already have shown that it is broken.
    if (this.#over) return
    try {
      const target = this.#readTarget()
      this.#target = target
      const groups = this.#groups ?? this.#admit()
      if (groups instanceof Promise) this.#wait(target, groups)
      else this.#select(target, groups)
    } catch (error) {
      this.#fail(error as CerthopError)
    }
  }

  /** Inside a tunnel CONNECT was admitted, and nobody is asked again. */
  #admit(): readonly string[] | Promise<readonly string[]> {
    const { scope } = this.#client
    return scope?.groups ?? this.#context.admission.admit(this.#head.proxyAuthorization, this.#client)
  }

  #wait(target: Target, admitted: Promise<readonly string[]>): void {
    if (!this.requestDone) this.#client.pause()
    admitted
      .then(groups => {
        if (!this.#over) this.#select(target, groups)
      })
      .catch(error => this.#fail(error))
  }

  /** Throws the entry's error, or why there is none for the target. */
  #select(target: Target, groups: readonly string[]): void {
    this.#groups = groups
    const { registry, policy, pool } = this.#context
    this.#selection = registry.current.select(target.host, certificatePort(target), groups)
    const address = this.#client.scope?.address ?? null
    this.#send(pool.origin(planRequest(target, this.#selection, policy, address)))
  }

  /** Inside a tunnel CONNECT has said where to, and what the request line and Host say is the server's business. */
  #readTarget(): Target {
    const { scope } = this.#client
    const { target, method } = this.#head
    if (scope === null) return parseAbsoluteTarget(target, method)
    const { scheme, host, port } = scope
    // HTTP/1.0 may go without Host, HTTP/1.1, as which it goes on, may not.
    const hostField = hasHost(this.#head) ? null : authorityOf(scope)
    return { scheme, host, port, path: target, hostField }
  }

  /** Takes what belongs to the request body of `bytes`, from `start`, and returns the offset past it. */
  takeRequestBytes(bytes: Buffer, start: number): number {
    let end: number
    try {
      end = this.#requestBody.scan(bytes, start)
    } catch (error) {
      this.#fail(error as CerthopError)
      return bytes.length
    }
    this.#bytesIn += end - start
    this.#passRequestBytes(bytes.subarray(start, end))
    if (this.#relay.done) this.#settle()
    return end
  }

  onClientDrain(): void {
    this.#connection?.resume()
  }

  onClientClosed(): void {
    if (this.#over) return
    this.#finish(this.#relay.status, 'client_closed')
    this.#connection?.destroy()
  }

  onUpstreamData(bytes: Buffer): void {
    const connection = this.#connection
    if (connection === null) return
    if (this.#firstByteAt === 0) this.#firstByteAt = performance.now()
    let flowing: boolean
    try {
      flowing = this.#relay.take(bytes)
    } catch (error) {
      this.#fail(error as CerthopError)
      return
    }
    if (!flowing) connection.pause()
    if (this.#relay.status === null || this.#relay.done) this.#expectProgress(connection)
    else connection.expect(0, null)
    if (this.#relay.upgraded) this.#upgrade(connection)
    else if (this.#relay.done) this.#settle()
  }

  onUpstreamEnd(): void {
    const connection = this.#connection
    if (connection === null) return
    const complete = this.#relay.takeEnd()
    this.#relay.serverPersists = false
    if (complete && this.requestDone) this.#settle()
    else if (complete) this.#endResponse(null)
    else if (this.#relay.status === null) this.#broken(closedEarly(connection.origin.route))
    else this.#endResponse(closedEarly(connection.origin.route))
  }

  onUpstreamDrain(): void {
    this.#client.resume()
  }

  onUpstreamError(error: CerthopError): void {
    if (this.#relay.done) this.#endResponse(null)
    else this.#broken(error)
  }

  /** On a kept connection where there is one, otherwise on a new one, for which the runner's body has to wait. */
  #send(origin: Origin): void {
    const prepared = this.#client.private.takePrepared(origin)
    const kept = prepared === null ? this.#takeKept(origin) : null
    if (kept !== null) {
      this.#sendOn(kept)
      return
    }
    if (!this.requestDone) this.#client.pause()
    const connecting = prepared ?? this.#context.pool.connect(origin, mayUpgrade(this.#head))
    connecting.then(
      connection => {
        if (this.#over) origin.putBack(connection)
        else if (origin.retired || (prepared !== null && !connection.alive)) this.#startAgain(connection)
        else this.#sendOn(connection)
      },
      error => this.#fail(error),
    )
  }

  /**
   * The identity was removed while it was dialled: nothing was sent as it, and nothing will be. Or the server has closed
   * what was dialled before there was a request.
   */
  #startAgain(connection: UpstreamConnection): void {
    connection.destroy()
    this.start()
  }

  #takeKept(origin: Origin): UpstreamConnection | null {
    if (this.#retried || this.#context.reuse === 'never') return null
    const own = this.#client.private.take(origin)
    const mayShare = own === null && this.#context.reuse === 'shared'
    const kept = mayShare ? origin.take(this.#repeatable) : own
    if (kept === null || kept.dialled.forwarder === null || !mayUpgrade(this.#head)) return kept
    // Switching protocols takes a connection to the server itself, and happens too rarely to look for another one.
    kept.destroy()
    return null
  }

  #sendOn(connection: UpstreamConnection): void {
    const target = this.#target as Target
    this.#connection = connection
    connection.use(this)
    this.#expectProgress(connection)
    const { forwarder } = connection.dialled
    this.#relay.forwarder = forwarder
    const head = writeRequestHead(this.#head, {
      target: forwarder === null ? target.path : formatAbsoluteTarget(target),
      host: target.hostField,
      upgrade: mayUpgrade(this.#head),
      close: this.#context.reuse === 'never',
      via: this.#context.via ? VIA : null,
      proxyAuthorization: forwarder?.authorization ?? null,
    })
    const flowing = connection.writeHead(head, this.#early)
    if (this.requestDone) return
    // A request whose body goes on can't be sent again: what went is not kept.
    this.#early = null
    if (flowing) this.#client.resume()
    else this.#client.pause()
  }

  #passRequestBytes(bytes: Buffer): void {
    const connection = this.#connection
    if (bytes.length === 0) return
    if (connection === null) {
      this.#early = this.#early === null ? bytes : Buffer.concat([this.#early, bytes])
      return
    }
    if (!connection.forward(bytes)) this.#client.pause()
    if (this.#relay.status === null || this.#relay.done) this.#expectProgress(connection)
  }

  /** The server must begin its response, or, if it has answered early, read on. */
  #expectProgress(connection: UpstreamConnection): void {
    connection.expect(this.#context.responseTimeout, RESPONSE_TIMEOUT)
  }

  get #repeatable(): boolean {
    return this.requestDone && IDEMPOTENT.has(this.#head.method)
  }

  /** The connection ended before the response began. */
  #broken(error: CerthopError): void {
    const connection = this.#connection
    const stale = error.code === 'connection_reset' && connection !== null && connection.idleSince !== 0
    if (stale && this.#firstByteAt === 0 && this.#repeatable && !this.#retried) {
      // The server closed a kept connection just as the request was sent. From the selection on, because the registry
      // may have changed since, and on a new connection, because the other kept ones may be as dead.
      this.#retried = true
      connection.destroy()
      this.#connection = null
      this.start()
    } else this.#fail(error)
  }

  /** Both directions are complete: the connections go on to their next exchange. */
  #settle(): void {
    if (!this.requestDone) return
    const connection = this.#connection
    this.#connection = null
    this.#finish(this.#relay.status, null, connection)
    if (connection !== null) this.#keep(connection)
    this.#client.exchangeDone(this.#relay.clientPersists)
  }

  #keep(connection: UpstreamConnection): void {
    connection.private ||=
      this.#context.reuse === 'connection' ||
      this.#head.authenticatesConnection ||
      this.#relay.authenticatesConnection
    if (!this.#relay.serverPersists || this.#context.reuse === 'never') connection.destroy()
    else if (connection.private) this.#client.private.putBack(connection, this.#context.upstreamIdleTimeout)
    else connection.origin.putBack(connection)
  }

  /** No more will come of the response, and the runner learns it by the end of its connection, after what was sent. */
  #endResponse(error: CerthopError | null): void {
    if (this.#over) return
    this.#finish(this.#relay.status, error?.code ?? null)
    this.#connection?.destroy()
    if (error !== null && this.#relay.endsWithConnection) this.#client.abort()
    else this.#client.endResponse()
  }

  #fail(error: CerthopError): void {
    if (this.#over) return
    if (this.#relay.status !== null) {
      this.#finish(this.#relay.status, error.code)
      this.#connection?.destroy()
      this.#client.abort()
      return
    }
    const persistent = this.requestDone && !this.#head.close && !this.#context.draining
    const keepAlive = this.#head.minorVersion === 0 ? 'keep-alive' : null
    const request = {
      requestId: this.#requestId,
      host: this.#target?.host ?? null,
      certificate: this.#selection?.entry?.id ?? null,
      method: this.#head.method,
    }
    this.#finish(ERRORS[error.code].status, error.code)
    this.#connection?.destroy()
    this.#client.write(errorAnswer(error, request, persistent ? keepAlive : 'close'))
    this.#client.exchangeDone(persistent)
  }

  #upgrade(connection: UpstreamConnection): void {
    this.#over = true
    const { socket: runner, unread } = this.#client.detach()
    const ends = { runner, server: connection.detach(), fromRunner: unread, fromServer: this.#relay.rest }
    new Tunnel(this.#context, ends, totals => {
      this.#bytesIn = totals.bytesIn
      this.#record(101, null, totals.bytesOut, connection)
    })
  }

  #finish(status: number | null, error: string | null, connection = this.#connection): void {
    this.#over = true
    this.#record(status, error, this.#relay.bodyBytes, connection)
  }

  get #way(): Way | null {
    if (this.#client.scope !== null) return 'connect-h1'
    return this.#target === null ? null : `absolute-${this.#target.scheme}`
  }

  #record(
    status: number | null,
    error: string | null,
    bytesOut: number,
    connection: UpstreamConnection | null,
  ): void {
    const { events } = this.#context
    if (!events.recordsRequests) return
    const target = this.#target
    const fresh = connection?.requests === 1 ? connection.dialled : null
    events.request({
      ...emptyRecord(this.#requestId),
      way: status === 101 ? 'websocket' : this.#way,
      method: this.#head.method,
      host: target?.host ?? null,
      port: target?.port ?? null,
      path: target?.path ?? null,
      status,
      certificate: this.#selection?.entry?.id ?? null,
      rule: this.#selection?.rule ?? null,
      generation: this.#selection?.generation ?? null,
      reused: connection !== null && fresh === null,
      resumed: connection?.dialled.resumed ?? false,
      bytesIn: this.#bytesIn,
      bytesOut,
      dnsMs: fresh?.dnsMs ?? null,
      connectMs: fresh?.connectMs ?? null,
      tlsMs: fresh?.tlsMs ?? null,
      firstByteMs: this.#firstByteAt === 0 ? null : this.#firstByteAt - this.#startedAt,
      totalMs: performance.now() - this.#startedAt,
      error,
    })
  }
}
