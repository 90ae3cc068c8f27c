import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, connect as secure } from 'node:tls'
import type { Connection } from './connection.ts'
import { Http1Connection } from './http1-connection.ts'
import { Http2Connection } from './http2-connection.ts'
import type { Load, Target } from './load.ts'

/** How a connection is opened for a load: rejects when it can't be, and also what it said to a CONNECT then. */
export function dialler({ way, exchange: { path } }: Load, target: Target): () => Promise<Connection> {
  const { host, port, proxy } = target
  const authority = `${host}:${port}`
  const proxyPort = Number(new URL(proxy ?? `http://127.0.0.1:${port}`).port)
  const request = (uri: string, field: string) => `GET ${uri} HTTP/1.1\r\nHost: ${field}\r\n\r\n`
  if (way === 'absolute') {
    return async () => {
      const socket = await openSocket(proxyPort)
      return new Http1Connection(socket, socket, request(`http://${host}${path}`, host))
    }
  }
  const context = clientContext(target)
  const protocol = way === 'tunnel-h2' ? 'h2' : 'http/1.1'
  return async () => {
    const carrier = await openSocket(proxyPort)
    if (way !== 'direct') await openTunnel(carrier, authority)
    const socket = secure({
      socket: carrier,
      servername: host,
      secureContext: context,
      ALPNProtocols: [protocol],
    })
    await once(socket, 'secureConnect')
    if (protocol === 'http/1.1') return new Http1Connection(socket, carrier, request(path, authority))
    if (socket.alpnProtocol !== protocol) throw new Error(`no ${protocol} but ${socket.alpnProtocol}`)
    return new Http2Connection(socket, authority, path)
  }
}

/** One suite and one group; otherwise peers would be measured by what their version of OpenSSL prefers. */
function clientContext({ ca, client }: Target): SecureContext {
  return createSecureContext({
    ca: readFileSync(ca),
    ...(client && { cert: readFileSync(client.cert), key: readFileSync(client.key) }),
    minVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256',
    ecdhCurve: 'X25519',
  })
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

async function openTunnel(socket: Socket, authority: string): Promise<void> {
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  let answer = ''
  while (!answer.includes('\r\n\r\n')) {
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    answer += bytes.toString('latin1')
  }
  if (!/^HTTP\/1\.[01] 200 /.test(answer)) {
    socket.destroy()
    throw new Error(`CONNECT was answered with ${answer.slice(0, 500)}`)
  }
  // Until TLS reads on.
  socket.pause()
}
