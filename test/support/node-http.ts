import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request } from 'node:http'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net'

/** A request as Node's own HTTP server sees it. Text is latin1; `content` is without the chunked coding. */
export interface NodeRequest {
  readonly method: string
  readonly target: string
  readonly minorVersion: number
  readonly fields: readonly [name: string, value: string][]
  readonly content: string
  readonly trailers: readonly [name: string, value: string][]
}

/** A final response as Node's own HTTP client sees it. */
export interface NodeResponse {
  readonly status: number
  readonly minorVersion: number
  readonly fields: readonly [name: string, value: string][]
  readonly content: string
  readonly trailers: readonly [name: string, value: string][]
}

const MAX_HEADER_SIZE = 65_536

/** Milliseconds after which an answer that is not complete by then never will be. */
const PATIENCE = 2000

/** Node's HTTP server on a loopback port: what it makes of the octets of a connection. */
export class NodeServer {
  readonly #server = createServer({
    maxHeaderSize: MAX_HEADER_SIZE,
    keepAliveTimeout: 0,
    shouldUpgradeCallback: () => false,
  })
  readonly #seen = new Map<number, NodeRequest[]>()

  async start(): Promise<void> {
    // Expectations are answered like any other request: what they ask for is not the parser's concern.
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      this.#server.on(event, (message: IncomingMessage, response) => {
        const chunks: Buffer[] = []
        message.on('data', chunk => chunks.push(chunk))
        message.on('end', () => {
          this.#seen.get(message.socket.remotePort ?? 0)?.push({
            method: message.method ?? '',
            target: message.url ?? '',
            minorVersion: message.httpVersionMinor,
            fields: pairs(message.rawHeaders),
            content: Buffer.concat(chunks).toString('latin1'),
            trailers: pairs(message.rawTrailers),
          })
          response.end()
        })
      })
    }
    this.#server.on('clientError', (_error, socket) => socket.destroy())
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** The requests that a connection holds whole; whatever follows them may be incomplete or refused. */
  async read(bytes: Buffer): Promise<NodeRequest[]> {
    const socket = connect((this.#server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    const port = socket.localPort ?? 0
    const requests: NodeRequest[] = []
    this.#seen.set(port, requests)
    const closed = new Promise(resolve => socket.on('close', resolve))
    socket.on('error', () => {})
    socket.resume()
    socket.end(bytes)
    await closed
    this.#seen.delete(port)
    return requests
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

/** A loopback server that answers with given octets, and Node's HTTP client: what it makes of them. */
export class NodeClient {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #answers: Buffer[] = []
  #reading: Promise<unknown> = Promise.resolve()

  constructor() {
    this.#server = createTcpServer(socket => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      // Our requests are small and come one at a time: each piece is one.
      socket.on('data', () => {
        const answer = this.#answers.shift()
        if (answer !== undefined) socket.write(answer)
        if (this.#answers.length === 0) socket.end()
      })
    })
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /**
   * Sends a request for each of `methods`, one after the other, over one connection if that is kept, and answers the
   * nth with the nth of `answers`; after the last the server closes. Null stands for a response that failed.
   */
  read(answers: readonly Buffer[], methods: readonly string[]): Promise<(NodeResponse | null)[]> {
    // A property whose time is over leaves its last trial running beside the first of the next one.
    const read = this.#reading.then(() => this.#read(answers, methods))
    this.#reading = read.catch(() => {})
    return read
  }

  async #read(answers: readonly Buffer[], methods: readonly string[]): Promise<(NodeResponse | null)[]> {
    this.#answers = [...answers]
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const responses: (NodeResponse | null)[] = []
    for (const method of methods) responses.push(await this.#exchange(agent, method))
    agent.destroy()
    for (const socket of this.#sockets) socket.destroy()
    return responses
  }

  #exchange(agent: Agent, method: string): Promise<NodeResponse | null> {
    const { port } = this.#server.address() as AddressInfo
    return new Promise(resolve => {
      const sent = request({ agent, method, host: '127.0.0.1', port, maxHeaderSize: MAX_HEADER_SIZE })
      sent.on('error', () => resolve(null))
      // Node waits for more than what it was sent.
      sent.setTimeout(PATIENCE, () => sent.destroy())
      sent.on('upgrade', (_message, socket) => {
        socket.destroy()
        resolve(null)
      })
      sent.on('response', message => {
        const chunks: Buffer[] = []
        message.on('data', chunk => chunks.push(chunk))
        message.on('error', () => resolve(null))
        message.on('end', () => {
          resolve({
            status: message.statusCode ?? 0,
            minorVersion: message.httpVersionMinor,
            fields: pairs(message.rawHeaders),
            content: Buffer.concat(chunks).toString('latin1'),
            trailers: pairs(message.rawTrailers),
          })
        })
      })
      sent.end()
    })
  }

  stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

function pairs(raw: readonly string[]): [string, string][] {
  const result: [string, string][] = []
  for (let index = 0; index < raw.length; index += 2) result.push([raw[index] ?? '', raw[index + 1] ?? ''])
  return result
}
