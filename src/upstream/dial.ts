import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import type { Deadlines, Timed } from '../core/deadlines.ts'
import { CerthopError, type ErrorCode } from '../core/errors.ts'
import type { Addresses, Destination } from './addresses.ts'
import type { Route } from './route.ts'
import { translateError, translateVerifyError } from './tls-errors.ts'

/** A TCP connection to a server. Times are milliseconds. */
export interface Reached {
  readonly socket: Socket
  readonly dnsMs: number
  readonly connectMs: number
}

/** A socket that is ready for its first request. */
export interface Dialled extends Reached {
  /** Null where there is no TLS. */
  readonly tlsMs: number | null
  /** A TLS session of the same route was resumed. */
  readonly resumed: boolean
  /** What ALPN agreed on (RFC 7301); null without TLS, or when the server has no ALPN. */
  readonly protocol: string | null
}

/** What is offered where nothing else is asked for. */
export const HTTP1_ONLY: readonly string[] = ['http/1.1']

export interface DialOptions {
  readonly addresses: Addresses
  readonly deadlines: Deadlines
  /** What servers are verified against where no identity was chosen. */
  readonly anonymousContext: () => SecureContext
  /** Milliseconds that DNS, and then TCP, may take. */
  readonly connectTimeout: number
  /** Milliseconds that the TLS handshake may take. */
  readonly handshakeTimeout: number
}

/** Holds the last TLS session of one route (RFC 8446 section 4.6.1). It must never serve another route. */
export interface SessionStore {
  session: Buffer | null
}

/**
 * ```
 * route ── DNS ──► addresses ── TCP ──► reached ── TLS ──► ready
 *        dns_failed          connection_refused     server_certificate_…, server_name_mismatch
 *        destination_denied  connection_reset       client_certificate_…, tls_protocol
 *        loop_detected       connect_timeout        handshake_timeout
 * ```
 * Rejects with a `CerthopError` of one of these codes. Both directions of the socket end separately
 * (`allowHalfOpen`), and Nagle's algorithm is off.
 */
export async function dial(route: Route, sessions: SessionStore, options: DialOptions): Promise<Dialled> {
  // First, because it may fail: nobody is dialled for a certificate that can't be presented.
  if (route.tls) secureContextOf(route, options)
  return secure(route, await reach(route, options), HTTP1_ONLY, sessions, options)
}

/** The part of `dial` up to TCP. */
export async function reach(route: Route, options: DialOptions): Promise<Reached> {
  const started = performance.now()
  const destination = await resolve(route, options)
  const resolved = performance.now()
  const socket = await openTcp(route, destination, options)
  return { socket, dnsMs: resolved - started, connectMs: performance.now() - resolved }
}

/** The part of `dial` from TCP on; offers `protocols` by ALPN. A server that takes none of them makes `tls_protocol`. */
export async function secure(
  route: Route,
  reached: Reached,
  protocols: readonly string[],
  sessions: SessionStore,
  options: DialOptions,
): Promise<Dialled> {
  if (!route.tls) return { ...reached, tlsMs: null, resumed: false, protocol: null }
  const started = performance.now()
  const socket = await openTls(route, reached.socket, protocols, sessions, options)
  const { dnsMs, connectMs } = reached
  const tlsMs = performance.now() - started
  const protocol = socket.alpnProtocol === false ? null : (socket.alpnProtocol ?? null)
  return { socket, dnsMs, connectMs, tlsMs, resumed: socket.isSessionReused(), protocol }
}

function secureContextOf(route: Route, options: DialOptions): SecureContext {
  return route.identity?.secureContext ?? options.anonymousContext()
}

/** Calls `fail` when a step takes longer than `milliseconds`; `end` calls it off. */
class TimeLimit implements Timed {
  readonly deadline: number
  readonly #deadlines: Deadlines
  readonly #fail: () => void

  constructor(deadlines: Deadlines, milliseconds: number, fail: () => void) {
    this.deadline = performance.now() + milliseconds
    this.#deadlines = deadlines
    this.#fail = fail
    deadlines.watch(this)
  }

  expire(): void {
    this.end()
    this.#fail()
  }

  end(): void {
    this.#deadlines.forget(this)
  }
}

function timeout(code: ErrorCode, step: string, route: Route, milliseconds: number): CerthopError {
  return new CerthopError(code, `${step} ${route.host}:${route.port} took longer than ${milliseconds} ms`)
}

function resolve(route: Route, options: DialOptions): Promise<Destination> {
  const { promise, resolve, reject } = Promise.withResolvers<Destination>()
  const limit = new TimeLimit(options.deadlines, options.connectTimeout, () =>
    reject(timeout('dns_failed', 'Resolving', route, options.connectTimeout)),
  )
  options.addresses.find(route.address ?? route.host, route.port).then(resolve, reject)
  return promise.finally(() => limit.end())
}

function openTcp(route: Route, destination: Destination, options: DialOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connectTcp({
    // Never an address: `lookup` would not be asked, and what was checked is not what would be dialled.
    host: 'destination',
    port: destination.port,
    lookup: knownAddresses(destination),
    autoSelectFamily: true,
    allowHalfOpen: true,
    noDelay: true,
  })
  const limit = new TimeLimit(options.deadlines, options.connectTimeout, () =>
    socket.destroy(timeout('connect_timeout', 'Connecting to', route, options.connectTimeout)),
  )
  const fail = (cause: Error) => reject(asError(cause, route, false))
  socket.once('error', fail)
  socket.once('connect', () => {
    socket.off('error', fail)
    // It may break before anybody uses it; whoever then does is told.
    socket.on('error', () => {})
    resolve(socket)
  })
  return promise.finally(() => limit.end())
}

/** Makes the socket dial the addresses that were checked, whatever a second look-up would say. */
function knownAddresses(destination: Destination): LookupFunction {
  return (_host, lookupOptions, callback) => {
    const [first] = destination.addresses
    if (lookupOptions.all) callback(null, [...destination.addresses])
    else callback(null, first?.address ?? '', first?.family)
  }
}

function openTls(
  route: Route,
  tcp: Socket,
  protocols: readonly string[],
  sessions: SessionStore,
  options: DialOptions,
) {
  const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof connectTls>>()
  const socket = connectTls({
    socket: tcp,
    host: route.host,
    // RFC 6066 section 3: names only. Without one, Node checks the certificate against `host`.
    ...(isIP(route.host) === 0 ? { servername: route.host } : {}),
    secureContext: secureContextOf(route, options),
    ...(sessions.session === null ? {} : { session: sessions.session }),
    ALPNProtocols: [...protocols],
  })
  const limit = new TimeLimit(options.deadlines, options.handshakeTimeout, () =>
    socket.destroy(timeout('handshake_timeout', 'The TLS handshake with', route, options.handshakeTimeout)),
  )
  const fail = (cause: Error) => {
    const reason = socket.authorizationError as unknown
    if (typeof reason === 'string') reject(translateVerifyError(cause, reason, route.host))
    else reject(asError(cause, route, hasServerCertificate(socket)))
  }
  socket.on('session', session => {
    sessions.session = session
  })
  socket.once('error', fail)
  socket.once('secureConnect', () => {
    socket.off('error', fail)
    resolve(socket)
  })
  return promise.finally(() => limit.end())
}

function hasServerCertificate(socket: ReturnType<typeof connectTls>): boolean {
  return Object.keys(socket.getPeerCertificate() ?? {}).length > 0
}

/** An error of ours, set by a time limit, stays what it is. */
function asError(cause: Error, route: Route, sawServerCertificate: boolean): CerthopError {
  return cause instanceof CerthopError ? cause : translateError(cause, { route, sawServerCertificate })
}
