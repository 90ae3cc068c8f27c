import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect, type SecureContext, TLSSocket } from 'node:tls'

export interface Handshake {
  /** Whether the client trusts the chain and the server is `host`. */
  readonly trusted: boolean
  readonly resumed: boolean
  readonly protocol: string | null
  /** The server's, as the client saw it; null in a session that was resumed. */
  readonly certificate: X509Certificate | null
  /** A session to resume. */
  readonly session: Buffer
}

/** A runner's handshake with a server that has `secureContext`, over a real connection. Never fails for lack of trust. */
export async function handshake(
  secureContext: SecureContext,
  host: string,
  options: ConnectionOptions = {},
): Promise<Handshake> {
  const server = createServer(socket => {
    const secure = new TLSSocket(socket, { isServer: true, secureContext })
    secure.on('error', () => {})
    // The byte comes behind the session tickets of TLS 1.3.
    secure.on('secure', () => secure.write('.'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({
    port,
    host: '127.0.0.1',
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized: false,
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    ...options,
  })
  let session: Buffer = Buffer.of()
  client.on('session', (received: Buffer) => {
    session = received
  })
  try {
    await once(client, 'data')
    const certificate = client.getPeerX509Certificate() ?? null
    const resumed = client.isSessionReused()
    return { trusted: client.authorized, resumed, protocol: client.getProtocol(), certificate, session }
  } finally {
    client.destroy()
    server.close()
  }
}
