import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
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
