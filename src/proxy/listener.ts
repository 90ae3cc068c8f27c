import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { CerthopError, ERRORS } from '../core/errors.ts'
import { ClientConnection } from './client-connection.ts'
import type { ProxyContext } from './context.ts'
import { errorAnswer } from './error-answer.ts'
import { emptyRecord, nextRequestId } from './record.ts'

/** The proxy's port: accepts connections, bounds their number, and ends them in order. */
export class Listener {
  readonly #context: ProxyContext
  readonly #maxConnections: number
  readonly #server: Server
  readonly #connections = new Set<ClientConnection>()
  #onEmpty: () => void = () => {}

  constructor(context: ProxyContext, maxConnections: number) {
    this.#context = context
    this.#maxConnections = maxConnections
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#accept(socket))
  }

  /** Rejects with Node's error when the address can't be listened on. Port 0 takes a free one. */
  listen(host: string, port: number): Promise<AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>()
    this.#server.once('error', reject)
    this.#server.listen(port, host, () => {
      this.#server.off('error', reject)
      // What fails later is one accept, for want of a file descriptor, and says nothing of the next.
      this.#server.on('error', error =>
        this.#context.events.notice('error', 'accepting a connection failed', { error: error.message }),
      )
      resolve(this.#server.address() as AddressInfo)
    })
    return promise
  }

  /**
   * Accepts nothing more, ends idle connections at once and the others after their exchange; what is left after
   * `timeout` milliseconds, tunnels for the most part, is cut. Resolves with how many had to be, when all are gone and
   * recorded.
   */
  async stop(timeout: number): Promise<number> {
    this.#server.close()
    this.#context.draining = true
    for (const connection of this.#connections) connection.drain()
    const forced = await this.#emptyWithin(timeout)
    // From the servers' side first: a runner that still waits for its answer gets one.
    this.#context.pool.close()
    for (const connection of this.#connections) connection.destroy()
    await this.#emptied()
    // The other ends of tunnels close in the same turn of the event loop.
    await setImmediate()
    return forced
  }

  #emptied(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#onEmpty = resolve
    })
  }

  #emptyWithin(timeout: number): Promise<number> {
    if (this.#connections.size === 0) return Promise.resolve(0)
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(this.#connections.size), timeout)
      this.#onEmpty = () => {
        clearTimeout(timer)
        resolve(0)
      }
    })
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#maxConnections) {
      this.#turnAway(socket)
      return
    }
    const connection = new ClientConnection(socket, this.#context, () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#onEmpty()
    })
    this.#connections.add(connection)
  }

  /** One write and an end: a flood must not cost more than the connections it may have. */
  #turnAway(socket: Socket): void {
    const error = new CerthopError(
      'too_many_connections',
      `There are ${this.#maxConnections} connections already`,
      {
        hint: 'Reuse connections, or raise limits.connections.',
      },
    )
    const requestId = nextRequestId()
    socket.on('error', () => {})
    socket.end(
      errorAnswer(error, { requestId, host: null, certificate: null, method: null }, 'close'),
      'latin1',
      () => socket.destroy(),
    )
    this.#context.events.request({
      ...emptyRecord(requestId),
      status: ERRORS[error.code].status,
      error: error.code,
    })
  }
}
