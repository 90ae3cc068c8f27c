import { isIP, type Socket } from 'node:net'
import { CerthopError, ERRORS } from '../core/errors.ts'
import { NO_GROUPS } from '../core/groups.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { parseConnectTarget } from '../http1/target.ts'
import type { Selection } from '../registry/selection.ts'
import type { Reached } from '../upstream/dial.ts'
import type { Route } from '../upstream/route.ts'
import type { ClientConnection, Occupant } from './client-connection.ts'
import type { ProxyContext } from './context.ts'
import { errorAnswer } from './error-answer.ts'
import { Interception } from './intercept.ts'
import { type Content, type Peeked, peek } from './peek.ts'
import { certificatePort, checkUnmatched, refusalOfUnmatched } from './plan.ts'
import { emptyRecord, nextRequestId } from './record.ts'
import type { Scope } from './scope.ts'
import { Tunnel, type TunnelTotals } from './tunnel.ts'

/**
 * A CONNECT, until it is known what its tunnel holds:
 *
 * ```
 * head → target → admission → selection → dial TCP → 200 ─┬─ no entry, a name ────────────────────────► tunnel, never opened
 *                                 dns_failed,             │
 *                                 connection_refused,     └─ first bytes ─┬─ TLS, an entry wins ──────► interception
 *                                 connect_timeout, …                      ├─ HTTP in clear, an entry wins ──► requests
 *                                                                         └─ anything else ───────────► tunnel, never opened
 * ```
 * The entry is chosen by the authority. Only for a CONNECT to an IP address that no entry matches does the server name of
 * the ClientHello choose, because the runner has resolved the name itself. An entry that can't be used is no reason not
 * to open the tunnel: its error is answered inside, where the runner's user sees it.
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
  #groups: readonly string[] = NO_GROUPS
  #selection: Selection | null = null
  /** What was dialled before the 200, until somebody uses it. */
  #reached: Reached | null = null
  #reachedPort = 0
  #interception: Interception | null = null
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
      const groups = this.#context.admission.admit(this.#head.proxyAuthorization, this.#client)
      if (groups instanceof Promise)
        groups.then(later => this.#admitted(target, later)).catch(error => this.#fail(error))
      else this.#admitted(target, groups)
    } catch (error) {
      this.#fail(error as CerthopError)
    }
  }

  /** Throws `certificate_required`. */
  #admitted(target: { host: string; port: number }, groups: readonly string[]): void {
    if (this.#over) return
    this.#groups = groups
    // In clear to port 80 is what most runners mean by it, and would go out over TLS to 443.
    const port = certificatePort({ scheme: 'http', port: target.port })
    this.#selection = this.#context.registry.current.select(target.host, port, this.#groups)
    if (this.#selection.entry === null && isIP(target.host) === 0)
      checkUnmatched(target.host, this.#context.policy)
    this.#dial(this.#firstRoute(target, port, this.#selection))
  }

  takeRequestBytes(bytes: Buffer): number {
    return bytes.length
  }

  onClientDrain(): void {}

  onClientEnd(): void {}

  onClientClosed(): void {
    if (this.#interception !== null) this.#interception.abandon()
    else if (!this.#over) this.#record(null, 'client_closed', null, null)
    this.#over = true
    this.#reached?.socket.destroy()
  }

  /** Null where nothing is dialled: the entry can't be used. */
  #firstRoute(target: { host: string; port: number }, port: number, selection: Selection): Route | null {
    const { entry, identity } = selection
    if (entry === null) return { ...target, address: null, tls: false, identity: null }
    return identity === null ? null : { host: target.host, port, address: null, tls: true, identity }
  }

  #dial(route: Route | null): void {
    const { pool, reuse } = this.#context
    const origin = route === null ? null : pool.origin(route)
    // An idle connection shows that the server is there, and is what the request will take.
    if (origin === null || (origin.route.tls && reuse === 'shared' && origin.hasIdle)) {
      this.#establish(null, 0)
      return
    }
    pool.reach(origin).then(
      reached => this.#establish(reached, origin.route.port),
      error => this.#fail(error),
    )
  }

  #establish(reached: Reached | null, port: number): void {
    if (this.#over) {
      reached?.socket.destroy()
      return
    }
    this.#reached = reached
    this.#reachedPort = port
    this.#client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    const { socket: runner, unread } = this.#client.detach(this)
    const { host } = this.#target as { host: string }
    if (this.#selection?.entry === null && isIP(host) === 0) {
      this.#tunnel(runner, { content: { kind: 'other' }, fromRunner: unread, fromServer: null })
      return
    }
    this.#client.waitWithin('tunnelIdleTimeout')
    const onStart = () => this.#client.waitWithin('headerTimeout')
    const { headerBytes } = this.#context.limits
    peek(runner, { server: reached?.socket ?? null, unread, maxBytes: headerBytes, onStart }).then(
      peeked => this.#proceed(runner, peeked),
      error => this.#breakOff(error),
    )
  }

  #proceed(runner: Socket, peeked: Peeked): void {
    if (this.#over) return
    // What comes next has limits of its own.
    this.#client.deadline = 0
    const scope = this.#scopeOf(peeked.content)
    if (scope === null) this.#tunnel(runner, peeked)
    else if (peeked.content.kind === 'http1') this.#readRequests(runner, peeked.fromRunner, scope)
    else this.#intercept(runner, peeked, scope)
  }

  /** Where requests inside go; null for a tunnel that is not opened. */
  #scopeOf(content: Content): Scope | null {
    const { host, port } = this.#target as { host: string; port: number }
    const scheme = content.kind === 'tls' ? 'https' : 'http'
    const byAuthority: Scope = { scheme, host, port, address: null, groups: this.#groups }
    const matches = this.#selects(byAuthority)
    if (content.kind === 'other') return null
    if (matches) return byAuthority
    const serverName = content.kind === 'tls' ? content.hello.serverName : null
    const byServerName: Scope | null =
      serverName === null || isIP(host) === 0 ? null : { ...byAuthority, host: serverName, address: host }
    if (byServerName !== null && this.#selects(byServerName)) return byServerName
    // Refused inside, where the reason can be read.
    const refused = [byServerName, byAuthority].find(
      scope => scope !== null && refusalOfUnmatched(scope.host, this.#context.policy) !== null,
    )
    return refused ?? null
  }

  #selects(scope: Scope): boolean {
    this.#selection = this.#context.registry.current.select(scope.host, certificatePort(scope), scope.groups)
    return this.#selection.entry !== null
  }

  #readRequests(runner: Socket, fromRunner: Buffer | null, scope: Scope): void {
    const identity = this.#selection?.identity ?? null
    const port = certificatePort(scope)
    const reached = this.#takeReached(port)
    if (identity !== null && reached !== null && this.#context.policy.plainHttp === 'upgrade') {
      const { pool } = this.#context
      const { host, address } = scope
      const origin = pool.origin({ host, address, port, tls: true, identity })
      this.#client.private.prepare(origin, pool.secure(origin, reached))
    } else reached?.socket.destroy()
    this.#client.readRequests(runner, fromRunner, scope)
  }

  #intercept(runner: Socket, { content, fromRunner }: Peeked, scope: Scope): void {
    const interception = new Interception(this.#context, this.#client, {
      runner: { socket: runner, unread: fromRunner, hello: content.kind === 'tls' ? content.hello : null },
      scope,
      reached: this.#takeReached(certificatePort(scope)),
    })
    this.#interception = interception
    void interception.start()
  }

  /** What was dialled, if it is for `port`. */
  #takeReached(port: number): Reached | null {
    const reached = this.#reached
    this.#reached = null
    if (reached === null || this.#reachedPort === port) return reached
    reached.socket.destroy()
    return null
  }

  /** Joins the two sides as they are, if that may be; there is no answer that the runner would understand. */
  #tunnel(runner: Socket, peeked: Peeked): void {
    const { host, port } = this.#target as { host: string; port: number }
    const refusal = this.#whyNotBlind(host)
    if (refusal !== null) {
      this.#breakOff(refusal)
      return
    }
    const reached = this.#takeReached(port)
    if (reached !== null) {
      this.#join(runner, reached, peeked)
      return
    }
    const { pool } = this.#context
    pool.reach(pool.origin({ host, port, address: null, tls: false, identity: null })).then(
      late => (this.#over ? late.socket.destroy() : this.#join(runner, late, peeked)),
      () => this.#client.destroy(),
    )
  }

  /** Ends a tunnel that nothing can be said in. */
  #breakOff(error: CerthopError): void {
    this.#over = true
    this.#record(200, error.code, null, null)
    this.#client.destroy()
  }

  /** What comes in clear does not go out in clear where the entry is broken, and nothing goes out without a certificate that is required. */
  #whyNotBlind(host: string): CerthopError | null {
    const { policy } = this.#context
    const { entry = null, error = null } = this.#selection ?? {}
    if (error !== null) return error
    return entry === null || policy.requiresCertificate(host) ? refusalOfUnmatched(host, policy) : null
  }

  #join(runner: Socket, reached: Reached, { fromRunner, fromServer }: Peeked): void {
    this.#over = true
    this.#client.becomeTunnel(null)
    const ends = { runner, server: reached.socket, fromRunner, fromServer }
    new Tunnel(this.#context, ends, totals => this.#record(200, null, totals, reached))
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
    const persistent = error.code === 'proxy_authentication_required' && this.#mayAskAgain
    const keepAlive = this.#head.minorVersion === 0 ? 'keep-alive' : null
    this.#client.write(errorAnswer(error, request, persistent ? keepAlive : 'close'))
    this.#client.exchangeDone(persistent)
  }

  /** What came behind the head was meant for the tunnel, and must not be taken for a request. */
  get #mayAskAgain(): boolean {
    return !this.#head.close && !this.#client.hasUnread && !this.#context.draining
  }

  readonly #record = (
    status: number | null,
    error: string | null,
    totals: TunnelTotals | null,
    reached: Reached | null,
  ): void => {
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
      dnsMs: reached?.dnsMs ?? null,
      connectMs: reached?.connectMs ?? null,
      totalMs: performance.now() - this.#startedAt,
      error,
    })
  }
}
