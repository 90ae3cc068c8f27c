import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'

export interface DemoApi {
  readonly port: number
  stop(): void
}

/** An API on a free loopback port that demands a client certificate of the example authority and answers whose it was. */
export async function startDemoApi(folder: URL): Promise<DemoApi> {
  const server = createServer(
    {
      cert: readFileSync(new URL('server.crt', folder)),
      key: readFileSync(new URL('server.key', folder)),
      ca: readFileSync(new URL('ca.crt', folder)),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate()
      const answer = {
        client: subject.CN,
        method: request.method,
        host: request.headers.host,
        path: request.url,
      }
      response.setHeader('content-type', 'application/json')
      response.end(`${JSON.stringify(answer)}\n`)
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
