import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'

/** All of it PEM. */
export interface FrontCredentials {
  readonly cert: string
  readonly key: string
  /** The authorities whose certificates runners are asked for; null for none. */
  readonly ca: readonly string[] | null
}

interface FrontOptions {
  readonly credentials: FrontCredentials
  /** Milliseconds. */
  readonly handshakeTimeout: number
  readonly onSecured: (socket: TLSSocket, transport: Socket) => void
  /** The handshake did not come to its end, and the connection will not be there any more. */
  readonly onFailed: (error: Error, socket: Socket) => void
}

/**
 * TLS between runners and the proxy itself. HTTP/1.1 is all that is spoken inside. A certificate that is asked for and
 * doesn't come, or isn't good, is no failure here: only inside can a runner be told what is wrong with it.
 */
export class TlsFront {
  readonly #server: Server
  /** Connections in their handshake, by their two ends: all that TLS on top of one tells of it. */
  readonly #handshakes = new Map<string, Socket>()

  constructor({ credentials, handshakeTimeout, onSecured, onFailed }: FrontOptions) {
    this.#server = createServer({
      ...contextOptions(credentials),
      ALPNProtocols: ['http/1.1'],
      requestCert: credentials.ca !== null,
      rejectUnauthorized: false,
      handshakeTimeout,
    })
    this.#server.on('secureConnection', socket => {
      const transport = this.#handshakes.get(endsOf(socket))
      this.#handshakes.delete(endsOf(socket))
      if (transport === undefined) socket.destroy()
      else {
        socket.allowHalfOpen = true
        onSecured(socket, transport)
      }
    })
    this.#server.on('tlsClientError', (error, socket) => {
      onFailed(error, socket)
      socket.destroy()
    })
  }

  /** Begins the handshake on a connection that was accepted. */
  secure(socket: Socket): void {
    const ends = endsOf(socket)
    this.#handshakes.set(ends, socket)
    // TLS takes this over: a runner that ends its side before the handshake is complete, as probes of a port do, is gone.
    socket.allowHalfOpen = false
    // TLS on top of it tells of all that goes wrong.
    socket.on('error', () => {})
    socket.once('close', () => {
      if (this.#handshakes.get(ends) === socket) this.#handshakes.delete(ends)
    })
    this.#server.emit('connection', socket)
  }

  /** For connections to come. Throws Node's error when TLS can't use them, and then all stays as it was. */
  renew(credentials: FrontCredentials): void {
    this.#server.setSecureContext(contextOptions(credentials))
  }
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

function contextOptions({ cert, key, ca }: FrontCredentials) {
  if (ca === null) return { cert, key }
  // A session that is resumed would bring back a certificate that was verified once, whatever has become of it since.
  return { cert, key, ca: [...ca], secureOptions: constants.SSL_OP_NO_TICKET }
}
