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

/** TLS with `options.servername`, through a tunnel to its port. */
export async function openTlsTunnel(
  proxyPort: number,
  options: ConnectionOptions & { servername: string },
  port = 443,
): Promise<TLSSocket> {
  const socket = await openTunnel(proxyPort, `${options.servername}:${port}`)
  return secured(connectTls({ ...options, socket }))
}

/** `socket`, once its handshake is complete. */
export async function secured(socket: TLSSocket): Promise<TLSSocket> {
  await once(socket, 'secureConnect')
  return socket
}

/** The answer to a CONNECT that is sent as `head`, to the letter, and the socket behind it, of which no more was read. */
export async function sendConnect(
  proxyPort: number,
  head: string | Buffer,
): Promise<{ answer: string; socket: Socket }> {
  const socket = connect({ port: proxyPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(head)
  let answer = ''
  while (!answer.endsWith('\r\n\r\n')) {
    const octet: Buffer | null = socket.read(1)
    if (octet !== null) answer += octet.toString('latin1')
    else if (socket.readableEnded) throw new Error(`The answer ends in its head: ${JSON.stringify(answer)}`)
    else await Promise.race([once(socket, 'readable'), once(socket, 'end')])
  }
  socket.removeAllListeners('readable')
  return { answer, socket }
}
