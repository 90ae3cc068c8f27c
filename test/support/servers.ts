import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net'
import type { TestContext } from 'node:test'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { Worker } from 'node:worker_threads'
import type { Certificate } from './certificates.ts'
import { RawConnection } from './raw-connection.ts'

/** Whatever is over some time: a test, or a part of one. */
export type Lifetime = Pick<TestContext, 'after'>

export interface TlsSetup {
  certificate: Certificate
  /** The authority whose client certificates are demanded; without it none is asked for. */
  clientAuthority?: Certificate
  options?: TlsOptions
}

export function tlsOptions({ certificate, clientAuthority, options }: TlsSetup): TlsOptions {
  const demand =
    clientAuthority === undefined
      ? {}
      : { ca: clientAuthority.pem, requestCert: true, rejectUnauthorized: true }
  return { cert: certificate.chain, key: certificate.key(), ...demand, ...options }
}

/** Listens on a free port of `host` until the test is over. Resolves with the port. */
export async function listen(test: Lifetime, server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, host)
  await once(server, 'listening')
  test.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A server whose connections are in the hands of the test. */
export class RawServer {
  port = 0
  /** How many connections there were so far, those with a failed handshake not counted. */
  connections = 0
  readonly #accepted: RawConnection[] = []
  /** TCP below the connections, by the port of the other end. */
  readonly #transports = new Map<number | undefined, Socket>()
  #wake: () => void = () => {}

  addTransport(socket: Socket): void {
    this.#transports.set(socket.remotePort, socket)
  }

  add(socket: Socket): void {
    this.connections += 1
    this.#accepted.push(new RawConnection(socket))
    this.#wake()
  }

  /** Breaks a connection by an RST, also below TLS. */
  reset({ socket }: RawConnection): void {
    this.#transports.get(socket.remotePort)?.resetAndDestroy()
  }

  /** The next connection that was not handed out yet. */
  async accept(): Promise<RawConnection> {
    for (;;) {
      const connection = this.#accepted.shift()
      if (connection !== undefined) return connection
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

/** Speaks TLS if `setup` is given. The sides of its connections end separately. */
export async function startRawServer(test: Lifetime, setup: TlsSetup | null = null): Promise<RawServer> {
  const raw = new RawServer()
  const onConnection = (socket: Socket) => raw.add(socket)
  const server =
    setup === null
      ? createTcpServer({ allowHalfOpen: true, noDelay: true }, onConnection)
      : createTlsServer({ ...tlsOptions(setup), allowHalfOpen: true, noDelay: true }, onConnection)
  server.on('tlsClientError', () => {})
  server.on('connection', (socket: Socket) => raw.addTransport(socket))
  raw.port = await listen(test, server)
  return raw
}

/** Listens, and accepts nothing ever: its thread sleeps. */
const SLEEPER = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

/** A port with a full backlog: whoever dials it waits. */
export async function startFullServer(test: Lifetime): Promise<number> {
  const worker = new Worker(SLEEPER, { eval: true })
  const [port] = (await once(worker, 'message')) as [number]
  const filling = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  test.after(async () => {
    for (const socket of filling) socket.destroy()
    await worker.terminate()
  })
  await Promise.all(filling.slice(0, 2).map(socket => once(socket, 'connect')))
  return port
}

/** A port on 127.0.0.1 that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** An HTTP server in clear. Resolves with its port. */
export function startHttpServer(test: Lifetime, onRequest: RequestListener): Promise<number> {
  return listen(test, createHttpServer(onRequest))
}

/** An HTTPS server. Resolves with its port. */
export function startHttpsServer(
  test: Lifetime,
  setup: TlsSetup,
  onRequest: RequestListener,
): Promise<number> {
  const server = createHttpsServer(tlsOptions(setup), onRequest)
  server.on('tlsClientError', () => {})
  return listen(test, server)
}

/** The common name of the certificate that the client presented; null for none. */
export function clientName(socket: Socket): string | null {
  const name: unknown = (socket as TLSSocket).getPeerCertificate()?.subject?.CN
  return typeof name === 'string' ? name : null
}
