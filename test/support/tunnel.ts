import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'

/** Sends CONNECT for `authority`, such as `api.test:443`. Ending one side of the tunnel leaves the other open. Rejects unless it is answered with 200. */
export async function openTunnel(proxyPort: number, authority: string): Promise<Socket> {
  const connecting = request({
    method: 'CONNECT',
    path: authority,
    headers: { host: authority },
    createConnection: () =>
      connect({ port: proxyPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }),
  }).end()
  const [response, socket] = (await once(connecting, 'connect')) as [IncomingMessage, Socket]
  if (response.statusCode === 200) return socket
  socket.destroy()
  throw new Error(`CONNECT ${authority} was answered with ${response.statusCode}`)
}

/** TLS with `options.servername`, through a tunnel to its port 443. */
export async function openTlsTunnel(
  proxyPort: number,
  options: ConnectionOptions & { servername: string },
): Promise<TLSSocket> {
  const socket = await openTunnel(proxyPort, `${options.servername}:443`)
  return secured(connectTls({ ...options, socket }))
}

/** `socket`, once its handshake is complete. */
export async function secured(socket: TLSSocket): Promise<TLSSocket> {
  await once(socket, 'secureConnect')
  return socket
}
