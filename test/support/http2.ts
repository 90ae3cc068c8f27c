import {
  type ClientHttp2Session,
  type ClientSessionOptions,
  connect as connectHttp2,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Stream,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { RawConnection } from './raw-connection.ts'
import { clientName, type Lifetime, listen, type TlsSetup, tlsOptions } from './servers.ts'

/** A stream as its server sees it: `headers` are names and values in turn, as they came. */
export interface AcceptedStream {
  readonly stream: ServerHttp2Stream
  readonly headers: readonly string[]
  /** The common name of the runner's certificate. */
  readonly identity: string | null
  readonly body: RawConnection<Http2Stream>
}

/** An HTTP/2 server whose streams are in the hands of the test. */
export class Http2Server {
  port = 0
  readonly #accepted: AcceptedStream[] = []
  #wake: () => void = () => {}

  add(stream: ServerHttp2Stream, headers: readonly string[]): void {
    const identity = clientName(stream.session?.socket as TLSSocket)
    this.#accepted.push({ stream, headers, identity, body: new RawConnection<Http2Stream>(stream) })
    this.#wake()
  }

  /** The next stream that was not handed out yet. */
  async accept(): Promise<AcceptedStream> {
    for (;;) {
      const accepted = this.#accepted.shift()
      if (accepted !== undefined) return accepted
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

export async function startHttp2Server(
  test: Lifetime,
  setup: TlsSetup,
  options: SecureServerOptions = {},
): Promise<Http2Server> {
  const http2 = new Http2Server()
  const server = createSecureServer({ ...tlsOptions(setup), ...options })
  server.on('stream', (stream: ServerHttp2Stream, _headers, _flags, rawHeaders) =>
    http2.add(stream, rawHeaders),
  )
  server.on('tlsClientError', () => {})
  server.on('sessionError', () => {})
  http2.port = await listen(test, server)
  return http2
}

type RequestListener = (request: Http2ServerRequest, response: Http2ServerResponse) => void

/** An HTTPS server that speaks HTTP/2 as well as HTTP/1.1. */
export function createBilingualServer(setup: TlsSetup, onRequest: RequestListener): Http2SecureServer {
  const server = createSecureServer({ ...tlsOptions(setup), allowHTTP1: true }, onRequest)
  server.on('tlsClientError', () => {})
  server.on('sessionError', () => {})
  return server
}

/** Starts one. Resolves with its port. */
export function startBilingualServer(
  test: Lifetime,
  setup: TlsSetup,
  onRequest: RequestListener,
): Promise<number> {
  return listen(test, createBilingualServer(setup, onRequest))
}

/** A session of a runner over `socket`, on which h2 was agreed. */
export function http2Over(
  socket: TLSSocket,
  authority: string,
  options: ClientSessionOptions = {},
): ClientHttp2Session {
  // Node's sessions outlive a connection of which only one side has ended.
  socket.allowHalfOpen = false
  return connectHttp2(`https://${authority}`, { ...options, createConnection: () => socket })
}
