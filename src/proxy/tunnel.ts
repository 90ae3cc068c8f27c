import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Timed } from '../core/deadlines.ts'
import { Passage } from '../core/passage.ts'
import type { ProxyContext } from './context.ts'

/** Octets that went through a tunnel: from the runner to the server, and back. */
export interface TunnelTotals {
  readonly bytesIn: number
  readonly bytesOut: number
}

export interface TunnelEnds {
  readonly runner: Socket
  readonly server: Socket
  /** What had already been read from the runner, for the server; and the other way round. */
  readonly fromRunner: Buffer | null
  readonly fromServer: Buffer | null
  /** What goes out in the place of the bytes that came; the same ones where it is left out. */
  readonly toServer?: (bytes: Buffer) => Buffer
  readonly toRunner?: (bytes: Buffer) => Buffer
  /** Milliseconds in which nothing may move once the server has ended its side; as before it where left out. */
  readonly lingerTimeout?: number
}

/**
 * Copies bytes between two sockets until both have ended.
 *
 * ```
 *          data ──► write; reading pauses until it is drained
 *  runner  FIN  ──► FIN; the other direction goes on               server
 *          error, or closed before its FIN ──► both are destroyed
 * ```
 * A tunnel in which nothing moves for `tunnelIdleTimeout` milliseconds is ended; sooner behind the end of the server where it is
 * known that the runner can't have anything more to say.
 */
export class Tunnel implements Timed {
  deadline = 0
  readonly #ends: TunnelEnds
  readonly #context: ProxyContext
  #idleTimeout: number
  readonly #onEnd: (totals: TunnelTotals) => void
  #bytesIn = 0
  #bytesOut = 0
  readonly #open: Set<Socket>

  constructor(context: ProxyContext, ends: TunnelEnds, onEnd: (totals: TunnelTotals) => void) {
    this.#context = context
    this.#ends = ends
    this.#onEnd = onEnd
    this.#open = new Set([ends.runner, ends.server])
    this.#idleTimeout = context.limits.tunnelIdleTimeout
    context.tunnels += 1
    this.#touch()
    context.deadlines.watch(this)
    this.#copy(ends.runner, ends.server, ends.fromRunner)
    this.#copy(ends.server, ends.runner, ends.fromServer)
  }

  expire(): void {
    const { events, limits } = this.#context
    if (this.#idleTimeout === limits.tunnelIdleTimeout) events.closed('tunnelIdleTimeout')
    this.#ends.runner.destroy()
    this.#ends.server.destroy()
  }

  #copy(from: Socket, to: Socket, first: Buffer | null): void {
    const passage = new Passage()
    from.on('data', bytes => this.#pass(from, to, bytes as Buffer, passage))
    to.on('drain', () => {
      this.#touch()
      from.resume()
    })
    from.on('end', () => this.#passEnd(from, to))
    // 'close' follows every error and says all that is needed.
    from.on('error', () => {})
    from.on('close', () => this.#closed(from, to))
    if (first !== null) this.#pass(from, to, first, null)
    if (from.destroyed) this.#closed(from, to)
    else if (from.readableEnded) this.#passEnd(from, to)
    else if (!to.writableNeedDrain) from.resume()
  }

  #pass(from: Socket, to: Socket, bytes: Buffer, passage: Passage | null): void {
    const { runner, toServer, toRunner } = this.#ends
    this.#touch()
    if (from === runner) this.#bytesIn += bytes.length
    else this.#bytesOut += bytes.length
    const filter = from === runner ? toServer : toRunner
    const outgoing = filter === undefined ? bytes : filter(bytes)
    if (outgoing.length === 0) return
    // What a filter puts in the place of the bytes may be used again.
    const flowing = passage === null || outgoing !== bytes ? to.write(outgoing) : passage.write(to, bytes)
    if (!flowing) from.pause()
  }

  #passEnd(from: Socket, to: Socket): void {
    to.end()
    if (from !== this.#ends.server) return
    this.#idleTimeout = this.#ends.lingerTimeout ?? this.#idleTimeout
    this.#touch()
  }

  #closed(from: Socket, to: Socket): void {
    // One that was destroyed when it came emits 'close' as well.
    if (!this.#open.delete(from)) return
    // Whole only if it has passed on the end of both sides; otherwise what `to` still sends would go nowhere.
    if (!from.readableEnded || !from.writableFinished) abort(to)
    if (this.#open.size > 0) return
    this.#context.tunnels -= 1
    this.#context.deadlines.forget(this)
    this.#onEnd({ bytesIn: this.#bytesIn, bytesOut: this.#bytesOut })
  }

  #touch(): void {
    this.deadline = performance.now() + this.#idleTimeout
  }
}

/** Ends a connection in a way that the peer can't take for the end of a message: RST, or TLS without close_notify. */
export function abort(socket: Socket): void {
  if (socket.destroyed) return
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}
