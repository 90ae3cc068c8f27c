import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { CerthopError, ERRORS } from '../core/errors.ts'
import { ClientConnection } from './client-connection.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import type { ProxyContext } from './context.ts'
import { Crowd } from './crowd.ts'
import { errorAnswer } from './error-answer.ts'
import { emptyRecord, nextRequestId } from './record.ts'
import { RunnerHandshake } from './runner-handshake.ts'
import { nameOfRunner } from './runner-name.ts'
import { type FrontCredentials, TlsFront } from './tls-front.ts'

export interface ListenerOptions {
  readonly limit: ConnectionLimit
  /** For TLS with runners; null speaks in clear. */
  readonly credentials: FrontCredentials | null
}

/** How long connections that wait to be accepted are, when the port is going to be closed, at most, in milliseconds. */
const ACCEPT_WAITING = 100

/** In milliseconds: in a longer turn of the event loop something was done, and somebody may have connected behind the look at the port. */
const EMPTY_TURN = 0.05

/** The first turn of the event loop may end before it has looked at the port. */
const QUIET_TURNS = 2

/**
 * The proxy's port: accepts connections, bounds their number, and ends them in order.
 *
 * ```
 * accepted ─┬─ in clear ─────────────────────────────► client connection
 *           └─ TLS handshake, within headerTimeout ──► client connection
 * ```
 */
export class Listener {
  readonly #context: ProxyContext
  readonly #limit: ConnectionLimit
  readonly #server: Server
  readonly #crowd = new Crowd()
  readonly #front: TlsFront | null
  #onEmpty: () => void = () => {}
  /** How many connections there were so far. */
  #accepted = 0

  constructor(context: ProxyContext, { limit, credentials }: ListenerOptions) {
    this.#context = context
    this.#limit = limit
    this.#front = credentials === null ? null : this.#createFront(credentials)
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#accept(socket))
  }

  /** Those of runners, in their handshake as well. */
  get connections(): number {
    return this.#crowd.size
  }

  /**
   * Rejects with Node's error when the address can't be listened on. Port 0 takes a free one. `reusePort` takes one that
   * others of the same user have taken so: each gets some of the connections.
   */
  listen(host: string, port: number, reusePort = false): Promise<AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>()
    this.#server.once('error', reject)
    this.#server.listen({ port, host, reusePort }, () => {
      this.#server.off('error', reject)
      // What fails later is one accept, for want of a file descriptor, and says nothing of the next.
      this.#server.on('error', error =>
        this.#context.events.notice('error', 'accepting a connection failed', { error: error.message }),
      )
      resolve(this.#server.address() as AddressInfo)
    })
    return promise
  }

  /** Shows other credentials to runners that connect from now on. Throws Node's error when TLS can't use them. */
  renew(credentials: FrontCredentials): void {
    this.#front?.renew(credentials)
  }

  /**
   * Accepts nothing more, ends idle connections at once and the others after their exchange; what is left after
   * `timeout` milliseconds, tunnels for the most part, is cut. Resolves with how many had to be, when all are gone and
   * recorded.
   */
  async stop(timeout: number): Promise<number> {
    this.#context.draining = true
    await this.#acceptWaiting()
    this.#server.close()
    for (const place of this.#crowd.places()) place.drain()
    const forced = await this.#emptyWithin(timeout)
    // From the servers' side first: a runner that still waits for its answer gets one.
    this.#context.pool.close()
    for (const place of this.#crowd.places()) place.destroy()
    await this.#emptied()
    // The other ends of tunnels close in the same turn of the event loop.
    await setImmediate()
    return forced
  }

  /** The system has set up connections already that nobody has accepted: closing the port would reset them. */
  async #acceptWaiting(): Promise<void> {
    const end = performance.now() + ACCEPT_WAITING
    for (let quiet = 0, now = performance.now(); quiet < QUIET_TURNS && now < end; ) {
      const [before, started] = [this.#accepted, now]
      await setImmediate()
      now = performance.now()
      quiet = this.#accepted === before && now - started < EMPTY_TURN ? quiet + 1 : 0
    }
  }

  #emptied(): Promise<void> {
    if (this.#crowd.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#onEmpty = resolve
    })
  }

  #emptyWithin(timeout: number): Promise<number> {
    if (this.#crowd.size === 0) return Promise.resolve(0)
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(this.#crowd.size), timeout)
      this.#onEmpty = () => {
        clearTimeout(timer)
        resolve(0)
      }
    })
  }

  #accept(socket: Socket): void {
    this.#accepted += 1
    if (!this.#limit.take() && !this.#makeRoom(socket)) {
      this.#turnAway(socket)
      return
    }
    socket.once('close', () => {
      if (this.#crowd.delete(socket)) this.#limit.release()
      if (this.#crowd.size === 0) this.#onEmpty()
    })
    if (this.#front === null) this.#serve(socket, socket, null)
    else {
      this.#crowd.set(socket, new RunnerHandshake(socket))
      this.#front.secure(socket)
    }
  }

  /** Has another connection give its place to this one. False when there is none that could. */
  #makeRoom({ remoteAddress = '' }: Socket): boolean {
    const place = this.#crowd.takeLeastNeeded(remoteAddress)
    if (place === null) return false
    this.#context.events.closed('connections')
    place.giveWay()
    this.#limit.release()
    // Another thread may have been faster.
    return this.#limit.take()
  }

  #createFront(credentials: FrontCredentials): TlsFront {
    return new TlsFront({
      credentials,
      handshakeTimeout: this.#context.limits.headerTimeout,
      onSecured: (socket, transport) => this.#serveSecured(socket, transport, credentials.ca !== null),
      onFailed: (error, socket) => this.#handshakeFailed(error, socket),
    })
  }

  #handshakeFailed(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') this.#context.events.closed('headerTimeout')
    this.#notice('the TLS handshake with a runner failed', socket, error)
  }

  #serveSecured(socket: TLSSocket, transport: Socket, asksForCertificate: boolean): void {
    // 'close' of the transport follows and says all that is needed.
    socket.on('error', () => {})
    const isIdentified = asksForCertificate && socket.authorized
    if (asksForCertificate && !isIdentified) {
      this.#notice('a runner has shown no valid certificate', socket, socket.authorizationError)
    }
    this.#serve(socket, transport, isIdentified ? nameOfRunner(socket.getPeerCertificate()) : null)
  }

  /** `cause` is Node's error, or its code as text. */
  #notice(message: string, { remoteAddress: runner }: Socket, cause: NodeJS.ErrnoException): void {
    this.#context.events.notice('info', message, { runner, reason: cause.code ?? String(cause) })
  }

  #serve(socket: Socket, transport: Socket, certifiedName: string | null): void {
    const connection = new ClientConnection({ socket, transport, certifiedName }, this.#context)
    this.#crowd.set(transport, connection)
    if (this.#context.draining) connection.drain()
  }

  /** One write and an end: a flood must not cost more than the connections it may have. */
  #turnAway(socket: Socket): void {
    const error = new CerthopError(
      'too_many_connections',
      `There are ${this.#limit.maximum} connections already`,
      {
        hint: 'Reuse connections, or raise limits.connections.',
      },
    )
    this.#context.events.closed('connections')
    const requestId = nextRequestId()
    socket.on('error', () => {})
    const answer = errorAnswer(error, { requestId, host: null, certificate: null, method: null }, 'close')
    // In TLS it could be told behind a handshake only, which costs too much.
    if (this.#front !== null) socket.destroy()
    else socket.end(answer, 'latin1', () => socket.destroy())
    this.#context.events.request({
      ...emptyRecord(requestId),
      status: this.#front === null ? ERRORS[error.code].status : null,
      error: error.code,
    })
  }
}
