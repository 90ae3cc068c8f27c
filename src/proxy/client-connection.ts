import type { Socket } from 'node:net'
import type { Timed } from '../core/deadlines.ts'
import { CerthopError } from '../core/errors.ts'
import { Passage } from '../core/passage.ts'
import { writeTogether } from '../core/write-together.ts'
import { findRequestHeadEnd, skipEmptyLines } from '../http1/head-end.ts'
import { parseRequestHead, type RequestHead } from '../http1/request-head.ts'
import { PrivateConnections } from '../upstream/private-connections.ts'
import { ConnectAttempt } from './connect.ts'
import type { ProxyContext } from './context.ts'
import type { Place } from './crowd.ts'
import { errorAnswer } from './error-answer.ts'
import { Exchange } from './exchange.ts'
import { emptyRecord, nextRequestId } from './record.ts'
import type { Scope } from './scope.ts'
import { abort } from './tunnel.ts'

/** What takes up a client connection: an exchange, or a CONNECT until it is known what its tunnel holds. */
export interface Occupant {
  /** False while bytes from the runner belong to the request's body. */
  readonly requestDone: boolean
  takeRequestBytes(bytes: Buffer, start: number): number
  onClientDrain(): void
  /** The runner has sent FIN behind its request: it may wait for the answer, or be gone. */
  onClientEnd(): void
  onClientClosed(): void
}

/** A setting under `limits` that says how long a runner may take. */
type RunnerLimit = 'headerTimeout' | 'idleTimeout' | 'tunnelIdleTimeout'

/** A connection that was accepted. */
interface RunnerConnection {
  /** What is spoken on: `transport`, or TLS with the proxy on top of it. */
  readonly socket: Socket
  readonly transport: Socket
  /** As in `Runner`. */
  readonly certifiedName: string | null
}

/** How long a closing connection is still read, in milliseconds, so that a runner in the middle of sending gets its answer (RFC 9112 section 9.6). */
const LINGER = 2000

/** How long a new connection has for its first request when the proxy stops, in milliseconds: who has just connected is about to ask. */
const LAST_CALL = 500

const GAVE_WAY = new CerthopError(
  'too_many_connections',
  'There are as many connections as there may be, and this one was among the slowest to ask',
  { hint: 'Reuse connections, or raise limits.connections.' },
)

/**
 * A connection from a runner: splits what comes into requests and has them answered one after the other.
 *
 * ```
 *  idle ──bytes──► head ──complete──► exchange ──done, persistent──► idle (or the next head, if it is already here)
 *   │                │                   │ CONNECT, 101                │ done, not persistent
 *   │ idleTimeout    │ headerTimeout     ▼                             ▼
 *   ▼                ▼ 408             tunnel                        lingering ──► closed
 * closed           lingering             │ readRequests: it holds HTTP, in clear or inside TLS
 *                                        ▼
 *                                      idle, for one host
 * ```
 */
export class ClientConnection implements Timed, Place {
  deadline: number
  /** What the deadline of a detached connection is for. */
  #waitsWithin: RunnerLimit = 'idleTimeout'
  readonly private = new PrivateConnections()
  readonly certifiedName: string | null
  readonly #context: ProxyContext
  /** TCP; `#socket` is the same, or TLS on top of it. */
  readonly #transport: Socket
  #socket: Socket
  #scope: Scope | null = null
  /** What a `drain` does while the connection is a tunnel. */
  #onTunnelDrain: (() => void) | null = null
  /** Read, but not yet part of an exchange. */
  #unread: Buffer | null = null
  #occupant: Occupant | null = null
  #state: 'open' | 'lingering' | 'tunnel' = 'open'
  #advancing = false
  /** A request was begun. */
  #asked = false
  /** Told of the first request in a tunnel. */
  #onFirstRequest: (() => void) | null = null
  #ended = false
  readonly #passage = new Passage()

  constructor(runner: RunnerConnection, context: ProxyContext) {
    const { socket, transport, certifiedName } = runner
    this.certifiedName = certifiedName
    this.#transport = transport
    this.#socket = socket
    this.#context = context
    this.deadline = performance.now() + context.limits.idleTimeout
    context.deadlines.watch(this)
    this.#listen()
    // 'close' follows and says all that is needed.
    transport.on('error', () => {})
    transport.on('close', () => this.#closed())
  }

  /** Where all requests go; null where each names its own target. */
  get scope(): Scope | null {
    return this.#scope
  }

  /** The address of the runner; empty once it is gone. */
  get remoteAddress(): string {
    return this.#transport.remoteAddress ?? ''
  }

  /** Something came behind the request that is being answered. */
  get hasUnread(): boolean {
    return this.#unread !== null
  }

  /** The runner has sent FIN. */
  get ended(): boolean {
    return this.#ended
  }

  /** No request is being answered. */
  get idle(): boolean {
    return this.#occupant === null && this.#state === 'open'
  }

  get waitsSince(): number {
    const isServed = this.deadline === 0 || this.#state === 'lingering' || this.#socket.writableLength > 0
    return isServed ? Number.POSITIVE_INFINITY : this.deadline - this.#context.limits[this.#awaited]
  }

  /** Tells a runner in the middle of its head why; the others had nothing to ask. */
  giveWay(): void {
    if (this.#state !== 'open' || this.#unread === null) {
      this.destroy()
      return
    }
    this.#answer(GAVE_WAY)
    this.#state = 'lingering'
    this.#socket.end(() => this.destroy())
  }

  /** Ends the connection now if it is idle, otherwise after its exchange; a new one may still ask once. */
  drain(): void {
    this.#onTunnelDrain?.()
    if (!this.idle) return
    if (!this.#asked) {
      this.deadline = performance.now() + LAST_CALL
      return
    }
    // Nothing was asked, so nothing need be waited for.
    if (this.#unread === null && this.#socket.writableLength === 0) this.#socket.destroy()
    else this.#linger()
  }

  destroy(): void {
    this.#transport.destroy()
  }

  /** Gives the runner of a detached connection as long as `limit` says for its next step. */
  waitWithin(limit: RunnerLimit): void {
    this.#waitsWithin = limit
    this.deadline = performance.now() + this.#context.limits[limit]
  }

  /** Sends text (latin1) or bytes, which nobody may read after that, to the runner. Returns false when the sender should wait for `onClientDrain`. */
  write(data: string | Buffer): boolean {
    return typeof data === 'string'
      ? this.#socket.write(data, 'latin1')
      : this.#passage.write(this.#socket, data)
  }

  /** Sends a head and the first bytes of its body in as few packets as they fit in. */
  writeHead(head: string, body: Buffer): boolean {
    return writeTogether(this.#socket, head, body)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** The exchange is over. `persistent`: another request may follow on this connection. */
  exchangeDone(persistent: boolean): void {
    this.#occupant = null
    if (this.#socket.destroyed) return
    if (!persistent || this.#context.draining || (this.#ended && this.#unread === null)) {
      this.#linger()
      return
    }
    const { headerTimeout, idleTimeout } = this.#context.limits
    this.deadline = performance.now() + (this.#unread === null ? idleTimeout : headerTimeout)
    this.resume()
    this.#advance()
  }

  /** The response can't be completed: the runner must not take what it got for the whole. */
  abort(): void {
    this.#occupant = null
    abort(this.#transport)
  }

  /** What was sent is the whole response, and its end is the end of the connection; what was written still goes out. */
  endResponse(): void {
    this.#occupant = null
    this.#linger()
  }

  /** Hands the socket and what was read of it to a tunnel, or to `occupant`, who finds out what it holds. */
  detach(occupant: Occupant | null = null): { socket: Socket; unread: Buffer | null } {
    this.#state = 'tunnel'
    this.#occupant = occupant
    // A tunnel in which nothing was asked yet is idle.
    this.#onTunnelDrain = occupant === null ? null : () => this.destroy()
    this.deadline = 0
    this.#socket.off('data', this.#onData)
    this.#socket.off('drain', this.#onDrain)
    this.#socket.off('end', this.#onEnd)
    const unread = this.#unread
    this.#unread = null
    return { socket: this.#socket, unread }
  }

  /** The occupant of a detached connection has made a tunnel of it, which is told when the proxy is to stop. */
  becomeTunnel(onDrain: (() => void) | null): void {
    this.#onTunnelDrain = onDrain
    this.deadline = 0
    if (this.#context.draining) onDrain?.()
  }

  /**
   * Reads requests again, all of them for `scope`: from `socket`, which is what was detached or TLS on top of it.
   * `onFirst` is told when there is one.
   */
  readRequests(
    socket: Socket,
    unread: Buffer | null,
    scope: Scope,
    onFirst: (() => void) | null = null,
  ): void {
    this.#socket = socket
    this.#onFirstRequest = onFirst
    this.#scope = scope
    this.#occupant = null
    this.#onTunnelDrain = null
    this.#state = 'open'
    this.deadline = performance.now() + this.#context.limits.idleTimeout
    this.#listen()
    if (this.#context.draining) this.drain()
    else if (unread !== null) this.#onData(unread)
    this.resume()
  }

  #listen(): void {
    this.#socket.on('data', this.#onData)
    this.#socket.on('drain', this.#onDrain)
    this.#socket.on('end', this.#onEnd)
  }

  expire(): void {
    // A stop is no limit, and who lingers has had its answer.
    if (!this.#context.draining && this.#state !== 'lingering') this.#context.events.closed(this.#awaited)
    if (this.#state === 'open' && this.#unread !== null) {
      this.#refuse(new CerthopError('header_timeout', 'The request head was not complete in time'))
    } else this.destroy()
  }

  /** What the deadline is for. */
  get #awaited(): RunnerLimit {
    if (this.#state === 'tunnel') return this.#waitsWithin
    return this.#unread === null ? 'idleTimeout' : 'headerTimeout'
  }

  readonly #onData = (data: string | Buffer): void => {
    let bytes = data as Buffer
    if (this.#state === 'lingering') return
    const occupant = this.#occupant
    if (occupant !== null && !occupant.requestDone) {
      const end = occupant.takeRequestBytes(bytes, 0)
      if (end === bytes.length) return
      bytes = bytes.subarray(end)
    }
    if (this.#unread === null && this.#occupant === null) this.#startHeadTimeout()
    this.#unread = this.#unread === null ? bytes : Buffer.concat([this.#unread, bytes])
    if (this.#occupant === null) this.#advance()
    if (this.#unread !== null && this.#unread.length > this.#context.limits.headerBytes) this.pause()
  }

  readonly #onDrain = (): void => {
    if (this.#occupant !== null) this.#occupant.onClientDrain()
    else if (this.#unread !== null) {
      this.#startHeadTimeout()
      this.resume()
      this.#advance()
    }
  }

  readonly #onEnd = (): void => {
    this.#ended = true
    const occupant = this.#occupant
    if (occupant === null) {
      if (!this.#held) this.#linger()
    }
    // A runner may close its sending side and still wait for its answer; but a request that it cut short has none.
    else if (!occupant.requestDone) this.destroy()
    else occupant.onClientEnd()
  }

  /** Requests are here whose turn comes when the runner has read the answers before: what waits for it must not grow. */
  get #held(): boolean {
    return this.#unread !== null && this.#socket.writableNeedDrain
  }

  /** Starts as many of the requests that were read as can be: one, and the next once it is answered. */
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    try {
      while (
        this.#unread !== null &&
        this.#occupant === null &&
        this.#state === 'open' &&
        !this.#socket.writableNeedDrain &&
        this.#startNext(this.#unread)
      );
    } catch (error) {
      this.#refuse(error as CerthopError)
    } finally {
      this.#advancing = false
    }
    if (!this.idle) return
    if (this.#held) this.deadline = 0
    else if (this.#ended) this.#linger()
  }

  /** Returns false when the head is not complete. Throws when it never will be a valid one. */
  #startNext(unread: Buffer): boolean {
    const { limits } = this.#context
    const start = skipEmptyLines(unread, 0)
    if (start === unread.length) {
      this.#unread = null
      return false
    }
    const end = findRequestHeadEnd(unread, start, limits.headerBytes)
    if (end === -1) return false
    const head = parseRequestHead(unread.toString('latin1', start, end - 2), limits.headerFields)
    this.#unread = end === unread.length ? null : unread.subarray(end)
    this.#onFirstRequest?.()
    this.#onFirstRequest = null
    this.#asked = true
    this.deadline = 0
    if (head.method === 'CONNECT') this.#startConnect(head)
    else this.#startExchange(head)
    return true
  }

  #startExchange(head: RequestHead): void {
    const exchange = new Exchange(this.#context, this, head)
    this.#occupant = exchange
    const first = this.#unread
    if (first !== null && !exchange.requestDone) {
      const end = exchange.takeRequestBytes(first, 0)
      this.#unread = end === first.length ? null : first.subarray(end)
    }
    exchange.start()
  }

  #startConnect(head: RequestHead): void {
    if (this.#scope !== null) {
      throw new CerthopError('not_implemented', `A tunnel to ${this.#scope.host} asks for another tunnel`, {
        hint: 'Send CONNECT to the proxy itself.',
      })
    }
    const attempt = new ConnectAttempt(this.#context, this, head)
    this.#occupant = attempt
    attempt.start()
  }

  #startHeadTimeout(): void {
    this.deadline = performance.now() + this.#context.limits.headerTimeout
  }

  /** Answers what is not even a request. */
  #refuse(error: CerthopError): void {
    this.#answer(error)
    this.#linger()
  }

  #answer(error: CerthopError): void {
    const requestId = nextRequestId()
    const answer = errorAnswer(error, { requestId, host: null, certificate: null, method: null }, 'close')
    this.#unread = null
    this.write(answer)
    this.#context.events.request({
      ...emptyRecord(requestId),
      status: Number(answer.slice(9, 12)),
      error: error.code,
    })
  }

  /** Sends FIN and discards what still comes, for a while: closing at once would make the kernel take back the answer by an RST. */
  #linger(): void {
    if (this.#state !== 'open') return
    this.#state = 'lingering'
    this.#unread = null
    // A slow reader has as long for what was written as an idle connection has; the lingering starts behind it.
    this.deadline = performance.now() + this.#context.limits.idleTimeout
    this.#socket.end(() => {
      this.deadline = performance.now() + LINGER
    })
    this.resume()
  }

  #closed(): void {
    this.#context.deadlines.forget(this)
    this.private.close()
    this.#context.admission.forget(this)
    this.#occupant?.onClientClosed()
    this.#occupant = null
  }
}
