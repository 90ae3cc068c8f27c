import type { Socket } from 'node:net'
import type { Timed } from '../core/deadlines.ts'
import type { CerthopError } from '../core/errors.ts'
import { Passage } from '../core/passage.ts'
import { writeTogether } from '../core/write-together.ts'
import type { Dialled } from './dial.ts'
import type { Origin } from './origin.ts'
import { translateError } from './tls-errors.ts'

/** Octets that may wait to be written before the runner is held up: some turns' worth, so that reading does not stop in each. */
const WRITE_AHEAD = 262_144

const CLOSED = new Error('The connection was closed')

/** Whoever has the connection now. */
export interface UpstreamListener {
  onUpstreamData(bytes: Buffer): void
  /** The server has ended its side; nothing more will be read. */
  onUpstreamEnd(): void
  /** What was written has gone out after `write` had returned false. */
  onUpstreamDrain(): void
  /** The connection broke. Nothing else is called after this. */
  onUpstreamError(error: CerthopError): void
}

/**
 * A connection to a server, from its handshake to its end. It belongs to one origin, and at any moment to one
 * exchange or to none.
 *
 * ```
 *           take                      release
 *  idle ───────────► in use ────────────────────────► idle
 *   │ any byte, FIN,    │ error, timeout, abort,        (only if the last response was complete,
 *   │ error, timeout,   │ origin retired                 persistent and followed by nothing)
 *   │ origin retired    ▼
 *   └──────────────► destroyed
 * ```
 */
export class UpstreamConnection implements Timed {
  deadline = 0
  /** When the connection last became idle, on the clock of `performance.now()`. */
  idleSince = 0
  /** Requests that were sent on it, the current one included. */
  requests = 0
  /** It was authenticated for one client connection, which alone may use it. */
  private = false
  readonly origin: Origin
  readonly dialled: Dialled
  readonly #socket: Socket
  #listener: UpstreamListener | null = null
  #timeoutError: CerthopError | null = null
  #detached = false
  #onRetire: (() => void) | null = null
  #corked = false
  readonly #passage = new Passage()

  constructor(origin: Origin, dialled: Dialled) {
    this.origin = origin
    this.dialled = dialled
    const socket = dialled.socket
    this.#socket = socket
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('drain', this.#onDrain)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  get alive(): boolean {
    return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable
  }

  /** An exchange or a tunnel has it. */
  get inUse(): boolean {
    return this.#listener !== null || this.#detached
  }

  /**
   * Hands the connection to `listener`, until `idle` or the end. `onRetire` is told when its identity is removed, also
   * when that has happened already.
   */
  use(listener: UpstreamListener, onRetire: (() => void) | null = null): void {
    this.#listener = listener
    this.#onRetire = onRetire
    if (this.origin.retired) onRetire?.()
    this.requests += 1
    this.deadline = 0
  }

  /** Nobody has it now. It ends after `timeout` milliseconds, or as soon as the server says anything. */
  idle(timeout: number): void {
    this.#listener = null
    this.idleSince = performance.now()
    this.expect(timeout, null)
    this.resume()
  }

  /**
   * Returns false when the caller should wait for `onUpstreamDrain`. The bytes go out at the end of this turn of the event
   * loop, behind all that can be read in it: a server that refuses the body and closes has often answered, and to write
   * before that is read would break the connection and lose the answer.
   */
  write(bytes: Buffer): boolean {
    this.#cork()
    this.#socket.write(bytes)
    return this.#socket.writableLength < WRITE_AHEAD
  }

  /** As `write`, for bytes that came from a socket and that nobody reads after this. */
  forward(bytes: Buffer): boolean {
    this.#cork()
    this.#passage.write(this.#socket, bytes)
    return this.#socket.writableLength < WRITE_AHEAD
  }

  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    setImmediate(this.#uncork)
  }

  readonly #uncork = (): void => {
    this.#corked = false
    this.#socket.uncork()
  }

  /** Writes a head, latin1, and the bytes of the body that are already there, in one packet if it fits. */
  writeHead(head: string, body: Buffer | null): boolean {
    if (body === null) return this.#socket.write(head, 'latin1')
    return writeTogether(this.#socket, head, body)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** The listener gets `error` if nothing else happens for `milliseconds`; 0 waits for ever. */
  expect(milliseconds: number, error: CerthopError | null): void {
    this.#timeoutError = error
    this.deadline = milliseconds === 0 ? 0 : performance.now() + milliseconds
  }

  expire(): void {
    this.abort(this.#timeoutError)
  }

  /** The identity is gone: ends it at once if it is idle; an exchange may finish, and a tunnel is told. */
  retire(): void {
    if (this.inUse) this.#onRetire?.()
    else this.destroy()
  }

  /** Ends it at once; its listener gets `error`, if there is one. */
  abort(error: CerthopError | null): void {
    if (error !== null) this.#report(error)
    this.destroy()
  }

  /** Ends it at once and tells nobody. */
  destroy(): void {
    this.#listener = null
    this.deadline = 0
    this.origin.forget(this)
    this.#socket.destroy()
  }

  /** Hands out the bare socket, to a tunnel. Its origin goes on counting it, and can still end it. */
  detach(): Socket {
    const socket = this.#socket
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('drain', this.#onDrain)
    this.deadline = 0
    this.#listener = null
    this.#detached = true
    return socket
  }

  readonly #onData = (bytes: string | Buffer): void => {
    if (this.#listener === null) this.destroy()
    else this.#listener.onUpstreamData(bytes as Buffer)
  }

  readonly #onEnd = (): void => {
    if (this.#listener === null) this.destroy()
    else this.#listener.onUpstreamEnd()
  }

  readonly #onDrain = (): void => {
    this.#listener?.onUpstreamDrain()
  }

  readonly #onError = (cause: Error): void => {
    if (this.#listener !== null)
      this.#report(translateError(cause, { route: this.origin.route, sawServerCertificate: true }))
    this.destroy()
  }

  readonly #onClose = (): void => {
    this.#onError(CLOSED)
  }

  #report(error: CerthopError): void {
    const listener = this.#listener
    this.#listener = null
    listener?.onUpstreamError(error)
  }
}
