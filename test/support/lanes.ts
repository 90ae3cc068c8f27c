import { Agent, request } from 'node:http'
import { type ClientHttp2Session, constants } from 'node:http2'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { http2Over } from './http2.ts'
import { openTlsTunnel, openTunnel } from './tunnel.ts'

export const LANE_WAYS = [
  'absolute-form',
  'CONNECT, HTTP/1.1',
  'CONNECT, clear text',
  'CONNECT, HTTP/2',
] as const

export type LaneWay = (typeof LANE_WAYS)[number]

export interface LaneRequest {
  readonly host: string
  readonly path: string
  readonly method: string
  readonly body?: string | undefined
}

export interface LaneAnswer {
  readonly status: number
  readonly body: string
}

/** A connection of a runner to certhop, or one tunnel a host: both are kept as long as they last. */
export interface Lane {
  /** How many requests it carries at once. */
  readonly width: number
  /** Rejects when the request is lost. */
  send(request: LaneRequest): Promise<LaneAnswer>
  close(): void
}

/** `authority`: PEM of what has signed certhop's leaves. */
export function openLane(way: LaneWay, proxyPort: number, authority: string): Lane {
  switch (way) {
    case 'absolute-form':
      return new Http1Lane(new Agent({ keepAlive: true, maxSockets: 1 }), proxyPort)
    case 'CONNECT, HTTP/1.1':
      return new Http1Lane(
        new TunnelAgent(host => openTlsTunnel(proxyPort, { servername: host, ca: authority })),
        null,
      )
    case 'CONNECT, clear text':
      return new Http1Lane(new TunnelAgent(host => openTunnel(proxyPort, `${host}:80`)), null)
    case 'CONNECT, HTTP/2':
      return new Http2Lane(proxyPort, authority)
  }
}

/** Keeps a tunnel for each host. */
class TunnelAgent extends Agent {
  readonly #open: (host: string) => Promise<Duplex>

  constructor(open: (host: string) => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: 1 })
    this.#open = open
  }

  override createConnection(
    options: { host?: string | null },
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    this.#open(options.host ?? '').then(
      socket => callback(null, socket),
      (error: Error) => callback(error, null as never),
    )
  }
}

class Http1Lane implements Lane {
  readonly width = 1
  readonly #agent: Agent
  readonly #proxyPort: number | null

  /** `proxyPort` is null where the agent leads to the host itself. */
  constructor(agent: Agent, proxyPort: number | null) {
    this.#agent = agent
    this.#proxyPort = proxyPort
  }

  send({ host, path, method, body }: LaneRequest): Promise<LaneAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<LaneAnswer>()
    const to =
      this.#proxyPort === null
        ? { host, path }
        : { host: '127.0.0.1', port: this.#proxyPort, path: `http://${host}${path}` }
    const sending = request({ agent: this.#agent, ...to, method, headers: { host } }, response => {
      text(response).then(body => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    sending.on('error', reject)
    sending.end(body)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}

class Http2Lane implements Lane {
  readonly width = 4
  readonly #proxyPort: number
  readonly #authority: string
  readonly #sessions = new Map<string, Promise<ClientHttp2Session>>()

  constructor(proxyPort: number, authority: string) {
    this.#proxyPort = proxyPort
    this.#authority = authority
  }

  /** As clients do, sends again what was refused before it was processed (RFC 9113 section 8.7), on another connection. */
  async send(request: LaneRequest): Promise<LaneAnswer> {
    for (;;) {
      const session = await this.#session(request.host)
      const answer = await exchange(session, request)
      if (answer !== null) return answer
      session.close()
    }
  }

  close(): void {
    for (const session of this.#sessions.values()) void session.then(session => session.destroy())
  }

  /** The one that is kept for `host`, as long as the other side wants further requests on it. */
  async #session(host: string): Promise<ClientHttp2Session> {
    for (;;) {
      let opening = this.#sessions.get(host)
      if (opening === undefined) {
        opening = this.#open(host)
        this.#sessions.set(host, opening)
      }
      const session = await opening
      if (!session.closed && !session.destroyed) return session
      if (this.#sessions.get(host) === opening) this.#sessions.delete(host)
    }
  }

  async #open(host: string): Promise<ClientHttp2Session> {
    const offer = { servername: host, ca: this.#authority, ALPNProtocols: ['h2'] }
    return http2Over(await openTlsTunnel(this.#proxyPort, offer), host)
  }
}

/** Null when the server refused the stream without a look at it. */
async function exchange(session: ClientHttp2Session, request: LaneRequest): Promise<LaneAnswer | null> {
  const stream = session.request({ ':method': request.method, ':path': request.path })
  let status = 0
  stream.on('response', headers => {
    status = headers[':status'] ?? 0
  })
  stream.end(request.body)
  try {
    return { body: await text(stream), status }
  } catch (error) {
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return null
    throw error
  }
}
