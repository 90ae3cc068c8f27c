import { isIP, type Socket } from 'node:net'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import type { Deadlines } from '../core/deadlines.ts'
import { CerthopError, type ErrorCode } from '../core/errors.ts'
import type { Handshake } from '../observe/events.ts'
import type { Addresses, Destination, NamedDestination } from './addresses.ts'
import type { EgressProxy } from './egress.ts'
import { type Route, serverNameOf } from './route.ts'
import { checkPin } from './server-pin.ts'
import { openTcp } from './tcp.ts'
import { type TimeLimit, within } from './time-limit.ts'
import { translateError, translateVerifyError } from './tls-errors.ts'

/** A TCP connection to a server, or a tunnel to it. Times are milliseconds. */
export interface Reached {
  readonly socket: Socket
  /** Null when the name was left to the egress proxy. */
  readonly dnsMs: number | null
  /** With the tunnel through the egress proxy, where there is one. */
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
  /** The proxy that the socket leads to, and that takes requests in absolute-form; null when it leads to the server. */
  readonly forwarder: EgressProxy | null
}

/** What is offered where nothing else is asked for. */
export const HTTP1_ONLY: readonly string[] = ['http/1.1']

export interface DialOptions {
  readonly addresses: Addresses
  /** What connections go through, unless its `noProxy` leaves their host out; null when all are direct. */
  readonly egress: EgressProxy | null
  readonly deadlines: Deadlines
  /** What servers are verified against where no identity was chosen. */
  readonly anonymousContext: () => SecureContext
  /** Milliseconds that DNS, and then TCP, may take; all of it together through the egress proxy. */
  readonly connectTimeout: number
  /** Milliseconds that the TLS handshake may take. */
  readonly handshakeTimeout: number
  /** Gets every TLS connection before its handshake, to look on. */
  readonly onTls?: (socket: TLSSocket) => void
  /** Told how each TLS handshake has ended. */
  readonly onHandshake?: (handshake: Handshake) => void
}

/** How a server is reached: at its addresses, or through the egress proxy, which resolves. */
export type ServerWay =
  | { readonly egress: null; readonly destination: Destination }
  | { readonly egress: EgressProxy; readonly destination: NamedDestination }

/** Holds the last TLS session of one route (RFC 8446 section 4.6.1). It must never serve another route. */
export interface SessionStore {
  session: Buffer | null
}

/**
 * ```
 * route ── DNS ──► addresses ── TCP ──► reached ── TLS ──► ready
 *   │    dns_failed          connection_refused  ▲  server_certificate_…, server_name_mismatch, server_pin_mismatch
 *   │    destination_denied  connection_reset    │  client_certificate_…, tls_protocol
 *   │    loop_detected       connect_timeout     │  handshake_timeout
 *   └── the egress proxy, which resolves ────────┘
 *        egress_proxy_failed
 * ```
 * Rejects with a `CerthopError` of one of these codes. Both directions of the socket end separately
 * (`allowHalfOpen`), and Nagle's algorithm is off. `endToEnd` wants a connection to the server itself, never one to a proxy
 * that forwards requests: an exchange may be going to switch protocols.
 */
export async function dial(
  route: Route,
  sessions: SessionStore,
  options: DialOptions,
  endToEnd = false,
): Promise<Dialled> {
  // First, because it may fail: nobody is dialled for a certificate that can't be presented.
  if (route.tls) secureContextOf(route, options)
  const forwarder = endToEnd ? null : forwarderFor(route, options)
  if (forwarder !== null) return reachForwarder(forwarder, options)
  return secure(route, await reach(route, options), HTTP1_ONLY, sessions, options)
}

/** The part of `dial` up to TCP, or up to the tunnel through the egress proxy. */
export async function reach(route: Route, options: DialOptions): Promise<Reached> {
  const started = performance.now()
  const way = await findWay(route, options)
  const found = performance.now()
  const socket = await takeWay(route, way, options)
  const dnsMs = way.egress === null ? found - started : null
  return { socket, dnsMs, connectMs: performance.now() - found }
}

/** The first part of `reach`: DNS, where it is not left to the egress proxy. */
export async function findWay(route: Route, options: DialOptions): Promise<ServerWay> {
  const egressWay = findEgressWay(route, options)
  if (egressWay !== null) return egressWay
  const { addresses, connectTimeout } = options
  const limit = limitOf(options, connectTimeout, () =>
    timeout('dns_failed', 'Resolving', route, connectTimeout),
  )
  const destination = await within(limit, addresses.find(route.address ?? route.host, route.port))
  return { egress: null, destination }
}

/** The rest of `reach`. */
export async function takeWay(
  route: Route,
  { egress, destination }: ServerWay,
  options: DialOptions,
): Promise<Socket> {
  const { addresses, connectTimeout } = options
  if (egress !== null) return egress.openTunnel(destination, addresses, egressLimit(egress, options))
  const limit = limitOf(options, connectTimeout, () =>
    timeout('connect_timeout', 'Connecting to', route, connectTimeout),
  )
  return openTcp(destination, limit).catch(cause => {
    throw asError(cause, route, false)
  })
}

/** Null for what is dialled directly; `destination` is what the proxy is asked for. Throws `destination_denied` or `loop_detected`. */
function findEgressWay(
  route: Route,
  { egress, addresses }: DialOptions,
): Extract<ServerWay, { egress: EgressProxy }> | null {
  if (egress === null) return null
  const destination = addresses.name(route.address ?? route.host, route.port)
  return egress.carries(route.host) && egress.carries(destination.host) ? { egress, destination } : null
}

/**
 * Requests in clear are for the egress proxy to forward, because many take CONNECT for port 443 only. Not so where another
 * host is dialled than is asked for: the proxy would also put that one into Host (RFC 9112 section 3.2.2).
 */
function forwarderFor(route: Route, options: DialOptions): EgressProxy | null {
  const egressWay = route.tls ? null : findEgressWay(route, options)
  if (egressWay === null) return null
  const { egress, destination } = egressWay
  return destination.host === route.host && destination.port === route.port ? egress : null
}

async function reachForwarder(egress: EgressProxy, options: DialOptions): Promise<Dialled> {
  const started = performance.now()
  const socket = await egress.connect(options.addresses, egressLimit(egress, options))
  const connectMs = performance.now() - started
  return { socket, dnsMs: null, connectMs, tlsMs: null, resumed: false, protocol: null, forwarder: egress }
}

function egressLimit(egress: EgressProxy, options: DialOptions): TimeLimit {
  const { connectTimeout } = options
  return limitOf(options, connectTimeout, () => egress.late(connectTimeout))
}

/** The part of `dial` from TCP on; offers `protocols` by ALPN. A server that takes none of them makes `tls_protocol`. */
export async function secure(
  route: Route,
  reached: Reached,
  protocols: readonly string[],
  sessions: SessionStore,
  options: DialOptions,
): Promise<Dialled> {
  if (!route.tls) return { ...reached, tlsMs: null, resumed: false, protocol: null, forwarder: null }
  // A host whose address the runner has found itself has not been looked at so far.
  if (route.address !== null) options.addresses.checkHost(route.host)
  const certificate = route.identity?.id ?? null
  const started = performance.now()
  const socket = await openTls(route, reached.socket, protocols, sessions, options).catch(error => {
    options.onHandshake?.({ certificate, resumed: false, result: (error as CerthopError).code })
    throw error
  })
  const { dnsMs, connectMs } = reached
  const tlsMs = performance.now() - started
  const protocol = socket.alpnProtocol === false ? null : (socket.alpnProtocol ?? null)
  const resumed = socket.isSessionReused()
  options.onHandshake?.({ certificate, resumed, result: 'ok' })
  return { socket, dnsMs, connectMs, tlsMs, resumed, protocol, forwarder: null }
}

function secureContextOf(route: Route, options: DialOptions): SecureContext {
  return route.identity?.secureContext ?? options.anonymousContext()
}

function limitOf({ deadlines }: DialOptions, milliseconds: number, late: TimeLimit['late']): TimeLimit {
  return { deadlines, deadline: performance.now() + milliseconds, late }
}

const TIMEOUT_HINTS = {
  dns_failed:
    "Check the resolver of this machine, or give the host's address under `resolve` in the settings.",
  connect_timeout: 'Check host and port, and the firewalls on the way.',
  handshake_timeout: 'Check that the port speaks TLS, and that the server is not overloaded.',
} as const satisfies Partial<Record<ErrorCode, string>>

function timeout(
  code: keyof typeof TIMEOUT_HINTS,
  step: string,
  route: Route,
  milliseconds: number,
): CerthopError {
  return new CerthopError(code, `${step} ${route.host}:${route.port} took longer than ${milliseconds} ms`, {
    hint: TIMEOUT_HINTS[code],
  })
}

async function openTls(
  route: Route,
  tcp: Socket,
  protocols: readonly string[],
  sessions: SessionStore,
  options: DialOptions,
) {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const host = serverNameOf(route)
  const socket = connect({
    socket: tcp,
    host,
    // RFC 6066 section 3: names only. Without one, Node checks the certificate against `host`.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says, which is meant for the runner.
    rejectUnauthorized: true,
    secureContext: secureContextOf(route, options),
    ...(sessions.session === null ? {} : { session: sessions.session }),
    ALPNProtocols: [...protocols],
  })
  options.onTls?.(socket)
  const { handshakeTimeout } = options
  const limit = limitOf(options, handshakeTimeout, () =>
    timeout('handshake_timeout', 'The TLS handshake with', route, handshakeTimeout),
  )
  const fail = (cause: Error) => {
    const reason = socket.authorizationError as unknown
    if (typeof reason === 'string') reject(translateVerifyError(cause, reason, route))
    else reject(asError(cause, route, hasServerCertificate(socket)))
  }
  let accepted = false
  // Node tells of no session before `secureConnect`.
  socket.on('session', session => {
    if (accepted) sessions.session = session
  })
  socket.once('error', fail)
  socket.once('secureConnect', () => {
    try {
      // A resumed session shows no certificate; it was kept by a handshake of the same identity that was accepted.
      if (!socket.isSessionReused()) checkPin(route, socket.getPeerX509Certificate())
      socket.off('error', fail)
      accepted = true
      resolve()
    } catch (error) {
      reject(error)
    }
  })
  try {
    await within(limit, promise)
  } catch (error) {
    socket.destroy()
    throw error
  }
  return socket
}

function hasServerCertificate(socket: ReturnType<typeof connect>): boolean {
  return Object.keys(socket.getPeerCertificate() ?? {}).length > 0
}

/** An error of ours, set by a time limit, stays what it is. */
function asError(cause: Error, route: Route, sawServerCertificate: boolean): CerthopError {
  return cause instanceof CerthopError ? cause : translateError(cause, { route, sawServerCertificate })
}
