import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { CerthopError } from '../core/errors.ts'
import { type Dialled, type DialOptions, HTTP1_ONLY, secure } from '../upstream/dial.ts'
import type { Route } from '../upstream/route.ts'
import { readServerFlight, type ServerFlight } from './server-flight.ts'
import { TappedSocket } from './tapped-socket.ts'

/** Looks on while TLS is spoken over a TCP connection. */
export class WatchedHandshake {
  /** To be used in the place of the connection. */
  readonly socket: Socket
  readonly #tapped: TappedSocket
  #secret: Buffer | null = null

  constructor(socket: Socket) {
    this.#tapped = new TappedSocket(socket)
    // TLS takes any stream, and nothing that only a socket has is asked of it.
    this.socket = this.#tapped as unknown as Socket
  }

  /** To be called with the TLS connection before its handshake. */
  follow(tls: TLSSocket): void {
    tls.on('keylog', (line: Buffer) => {
      const [label, , secret = ''] = line.toString('latin1').trim().split(' ')
      if (label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET') this.#secret = Buffer.from(secret, 'hex')
    })
  }

  /** What the server has shown so far. */
  get flight(): ServerFlight {
    return readServerFlight(this.#tapped.received, this.#secret)
  }
}

/** How a handshake ended, and what the server has shown of itself until then. */
export type HandshakeOutcome = { readonly flight: ServerFlight } & (
  | { readonly dialled: Dialled; readonly error: null }
  | { readonly dialled: null; readonly error: CerthopError }
)

/** TLS over `tcp` as requests have it, for HTTP/1.1. */
export async function secureWatched(
  route: Route,
  tcp: Socket,
  dialling: DialOptions,
): Promise<HandshakeOutcome> {
  const handshake = new WatchedHandshake(tcp)
  const reached = { socket: handshake.socket, dnsMs: null, connectMs: 0 }
  const watching: DialOptions = { ...dialling, onTls: tls => handshake.follow(tls) }
  try {
    const dialled = await secure(route, reached, HTTP1_ONLY, { session: null }, watching)
    return { dialled, error: null, flight: handshake.flight }
  } catch (error) {
    if (!(error instanceof CerthopError)) throw error
    return { dialled: null, error, flight: handshake.flight }
  }
}
