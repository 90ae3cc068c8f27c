import type { Socket } from 'node:net'
import { CerthopError } from '../core/errors.ts'
import type { Selection } from '../registry/selection.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'
import type { Reached } from '../upstream/dial.ts'
import type { Origin } from '../upstream/origin.ts'
import type { ClientConnection } from './client-connection.ts'
import type { ProxyContext } from './context.ts'
import { type AnsweredRequest, answerHttp2 } from './http2-answer.ts'
import { Http2Splice } from './http2-splice.ts'
import { certificatePort, planRequest } from './plan.ts'
import { emptyRecord, nextRequestId } from './record.ts'
import { type RunnerEnd, RunnerSide } from './runner-side.ts'
import type { Scope } from './scope.ts'
import type { TunnelTotals } from './tunnel.ts'

const HTTP1 = 'http/1.1'
const HTTP2 = 'h2'

/** A tunnel whose content is to be carried as a request with a certificate: TLS, or HTTP/2 in clear. */
export interface Opened {
  readonly runner: RunnerEnd
  readonly scope: Scope
  /** A connection to the server, before TLS; null when none was dialled. */
  readonly reached: Reached | null
}

/**
 * Ends the runner's TLS as the server it asked for, and speaks TLS with the certificate to the server itself:
 *
 * ```
 * ClientHello → selection → plan ─┬─ the runner offers HTTP/1.1, and so it will be ─► leaf, TLS ─► requests, as on a plain connection
 *                                 │
 *                                 └─ ask the server by ALPN ─┬─ http/1.1 ───────────► leaf, TLS ─► requests
 *                                       │                    └─ h2 ─────────────────► leaf, TLS ─► splice
 *                                       └─ any failure ─► leaf, TLS ─► answered in the runner's protocol
 * ```
 * ALPN is mirrored: the runner gets what the server chose. What the server chose is remembered with the origin, so that
 * only the first tunnel to a server that speaks HTTP/1.1 waits for its answer; one that speaks HTTP/2 gets a connection
 * for each tunnel anyway.
 */
export class Interception {
  readonly #context: ProxyContext
  readonly #client: ClientConnection
  readonly #scope: Scope
  readonly #runner: RunnerSide
  /** What the runner offers by ALPN, and certhop can carry. */
  readonly #offered: readonly string[]
  readonly #startedAt = performance.now()
  readonly #requestId = nextRequestId()
  #selection: Selection | null = null
  #reached: Reached | null
  #splice: Http2Splice | null = null
  #abandoned = false

  constructor(context: ProxyContext, client: ClientConnection, { runner, scope, reached }: Opened) {
    this.#context = context
    this.#client = client
    this.#scope = scope
    this.#runner = new RunnerSide(context, client, runner, scope)
    this.#reached = reached
    // A runner that speaks HTTP/2 in clear speaks nothing else.
    this.#offered = runner.hello?.protocols.filter(isCarried) ?? [HTTP2]
  }

  async start(): Promise<void> {
    try {
      await this.#open()
    } catch (error) {
      await this.#answer(error as CerthopError)
    } finally {
      // Not needed, or for a server that was not asked after all.
      this.#reached?.socket.destroy()
    }
  }

  /** The runner has gone. */
  abandon(): void {
    this.#abandoned = true
    this.#context.http2Tunnels.delete(this)
    this.#runner.leave()
    this.#splice?.abandon()
    this.#reached?.socket.destroy()
  }

  /** The registry has changed: whoever wins the host now is who the next request has to go out as. */
  reconsider(): void {
    const identity = this.#selection?.identity ?? null
    if (this.#select().identity !== identity) this.#splice?.goAway()
  }

  async #open(): Promise<void> {
    const origin = this.#findOrigin()
    const { pool, reuse } = this.#context
    if (this.#offersHttp1 && (this.#offersOnlyHttp1 || origin.isHttp1Only)) {
      // A handshake costs more than the connection that was dialled in vain.
      const reached = reuse === 'shared' && origin.hasIdle ? null : this.#takeReached()
      if (reached !== null) this.#client.private.prepare(origin, pool.secure(origin, reached))
      await this.#serveHttp1()
      return
    }
    if (origin.route.identity?.tls.http2 === false) throw http2Forbidden(origin.route.identity.id)
    const connection = await this.#ask(origin)
    const { protocol } = connection.dialled
    if (this.#abandoned) connection.destroy()
    else if (this.#select().identity !== origin.route.identity) {
      // The identity was removed or outdone meanwhile: nothing was sent as it, and nothing will be.
      connection.destroy()
      await this.#open()
    } else if (protocol === HTTP2) await this.#join(connection)
    else await this.#serveHttp1With(origin, connection)
  }

  /** Throws the entry's error, `plain_http_refused` or `certificate_required`. */
  #findOrigin(): Origin {
    const { policy, pool } = this.#context
    const { scheme, host, port, address } = this.#scope
    this.#selection = this.#select()
    const target = { scheme, host, port, path: '', hostField: null }
    return pool.origin(planRequest(target, this.#selection, policy, address))
  }

  #select(): Selection {
    const { host, groups } = this.#scope
    return this.#context.registry.current.select(host, certificatePort(this.#scope), groups)
  }

  async #ask(origin: Origin): Promise<UpstreamConnection> {
    const { pool } = this.#context
    const reached = this.#takeReached() ?? (await pool.reach(origin))
    const connection = await pool.secure(origin, reached, this.#offered)
    origin.protocol = connection.dialled.protocol ?? HTTP1
    return connection
  }

  async #serveHttp1With(origin: Origin, connection: UpstreamConnection): Promise<void> {
    this.#client.private.prepare(origin, Promise.resolve(connection))
    if (this.#offersHttp1) await this.#serveHttp1()
    else {
      const { host } = this.#scope
      throw new CerthopError(
        'tls_protocol',
        `${host} speaks HTTP/1.1 only, and the runner only ${this.#offered}`,
      )
    }
  }

  /** From here on it is a connection like any other. */
  async #serveHttp1(): Promise<void> {
    const runner = await this.#runner.accept(this.#offered.find(isHttp1) ?? null)
    if (runner !== null) this.#runner.readRequests(runner, this.#scope)
  }

  async #join(connection: UpstreamConnection): Promise<void> {
    const splice = new Http2Splice(this.#context, connection)
    this.#splice = splice
    this.#context.http2Tunnels.add(this)
    const runner = await this.#runner.accept(HTTP2)
    if (runner === null) {
      splice.abandon()
      return
    }
    this.#client.becomeTunnel(splice.goAway)
    splice.start(runner, {
      onRefused: (error, unread) => void this.#answerHttp2(runner, unread, error),
      onEnd: totals => this.#record(totals, connection),
    })
  }

  async #answer(error: CerthopError): Promise<void> {
    if (this.#abandoned) return
    if (this.#offersHttp1) {
      this.#prepareFailure(error)
      await this.#serveHttp1()
      return
    }
    const runner = await this.#runner.accept(this.#offered.includes(HTTP2) ? HTTP2 : null)
    if (runner !== null) await this.#answerHttp2(runner, null, error)
  }

  /** The first request gets the very failure that was met here, without a second try. */
  #prepareFailure(error: CerthopError): void {
    try {
      this.#client.private.prepare(this.#findOrigin(), Promise.reject(error))
    } catch {
      // The plan itself fails, and will fail the request in the same way.
    }
  }

  async #answerHttp2(runner: Socket, unread: Buffer | null, error: CerthopError): Promise<void> {
    this.#client.waitWithin('idleTimeout')
    await answerHttp2(runner, unread, {
      error,
      host: this.#scope.host,
      certificate: this.#selection?.entry?.id ?? null,
      onAnswered: request => this.#recordAnswer(request, error),
    })
  }

  #takeReached(): Reached | null {
    const reached = this.#reached
    this.#reached = null
    return reached
  }

  get #offersHttp1(): boolean {
    return this.#offered.length === 0 || this.#offered.some(isHttp1)
  }

  get #offersOnlyHttp1(): boolean {
    return this.#offered.every(isHttp1)
  }

  #recordAnswer({ requestId, method, path, status }: AnsweredRequest, error: CerthopError): void {
    this.#context.events.request({
      ...this.#emptyRecord(requestId),
      method,
      path,
      status,
      error: error.code,
    })
  }

  #record(totals: TunnelTotals, { dialled }: UpstreamConnection): void {
    this.#context.events.request({
      ...this.#emptyRecord(this.#requestId),
      method: 'CONNECT',
      status: 200,
      resumed: dialled.resumed,
      bytesIn: totals.bytesIn,
      bytesOut: totals.bytesOut,
      dnsMs: dialled.dnsMs,
      connectMs: dialled.connectMs,
      tlsMs: dialled.tlsMs,
    })
  }

  #emptyRecord(requestId: string) {
    const { host, port } = this.#scope
    return {
      ...emptyRecord(requestId),
      way: 'connect-h2' as const,
      host,
      port,
      certificate: this.#selection?.entry?.id ?? null,
      rule: this.#selection?.rule ?? null,
      generation: this.#selection?.generation ?? null,
      totalMs: performance.now() - this.#startedAt,
    }
  }
}

function http2Forbidden(id: string): CerthopError {
  return new CerthopError(
    'tls_protocol',
    `\`${id}\` has \`http2: false\`, and the runner speaks nothing but HTTP/2`,
    { hint: 'Let the runner speak HTTP/1.1 as well, or remove `tls.http2` from the entry.' },
  )
}

function isCarried(protocol: string): boolean {
  return protocol === HTTP2 || isHttp1(protocol)
}

function isHttp1(protocol: string): boolean {
  return protocol === HTTP1 || protocol === 'http/1.0'
}
