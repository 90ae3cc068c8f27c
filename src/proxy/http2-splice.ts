import type { Socket } from 'node:net'
import type { CerthopError } from '../core/errors.ts'
import type { UpstreamConnection, UpstreamListener } from '../upstream/connection.ts'
import { closedEarly } from '../upstream/tls-errors.ts'
import type { ProxyContext } from './context.ts'
import { FrameBoundary, GRACEFUL_GOAWAY } from './http2-frames.ts'
import { StreamGate } from './http2-stream-gate.ts'
import { Tunnel, type TunnelFilter, type TunnelTotals } from './tunnel.ts'

/** What a runner may send before the server has said anything: HTTP/2's first window is 64 KiB, and a little for the rest. */
const MAX_UNANSWERED = 131_072

export interface SpliceEnd {
  /** The server broke off before its first byte. `fromRunner` is all that the runner has sent so far. */
  onRefused(error: CerthopError, fromRunner: Buffer): void
  onEnd(totals: TunnelTotals): void
}

/**
 * Two connections that both speak HTTP/2, joined byte for byte.
 *
 * ```
 *  secured ──start──► unanswered ──first byte of the server──► tunnel ──► ended
 *     └──────┬───────────┘                                        │ the identity is removed, or the proxy stops
 *            │ alert, reset, FIN                                  ▼
 *            ▼                                                  GOAWAY to the runner, between two frames,
 *          refused: the runner can still be answered            and no new stream goes out
 * ```
 * In TLS 1.3 a server refuses a certificate after the handshake looked fine, so what the runner sends is kept until the
 * server has answered something. The GOAWAY makes the runner take a new tunnel for its next request, and those in flight
 * finish; what it sends before it knows is refused, because it would go out as an identity that is gone.
 */
export class Http2Splice implements UpstreamListener {
  readonly #context: ProxyContext
  readonly #connection: UpstreamConnection
  readonly #boundary = new FrameBoundary()
  readonly #gate = new StreamGate(frame => this.#tell(frame))
  #runner: Socket | null = null
  #end: SpliceEnd | null = null
  #early: Buffer | null = null
  #refusal: CerthopError | null = null
  #unanswered: Buffer[] = []
  #unansweredBytes = 0
  #joined = false
  #goingAway = false
  /** For the runner, at the next place where they may stand. */
  #due: Buffer[] = []

  /** Listens to the server from now on: it may speak, or refuse, before the runner is ready. */
  constructor(context: ProxyContext, connection: UpstreamConnection) {
    this.#context = context
    this.#connection = connection
    connection.use(this, this.goAway)
  }

  start(runner: Socket, end: SpliceEnd): void {
    this.#runner = runner
    this.#end = end
    if (this.#refusal !== null) this.#refuse(this.#refusal)
    else if (this.#early !== null) this.#join(this.#early)
    else runner.on('data', this.#onRunnerData).resume()
  }

  /** The runner has left. A tunnel notices by itself. */
  abandon(): void {
    if (this.#joined) return
    this.#end = null
    this.#connection.destroy()
  }

  /** Asks the runner to take another connection for its next request. */
  readonly goAway = (): void => {
    if (this.#goingAway) return
    this.#goingAway = true
    this.#gate.shut()
    this.#tell(GRACEFUL_GOAWAY)
  }

  #tell(frame: Buffer): void {
    if (this.#boundary.isBetween && this.#due.length === 0) this.#runner?.write(frame)
    else this.#due.push(frame)
  }

  onUpstreamData(bytes: Buffer): void {
    if (this.#end !== null) this.#join(bytes)
    else {
      this.#early = this.#early === null ? bytes : Buffer.concat([this.#early, bytes])
      this.#connection.pause()
    }
  }

  onUpstreamEnd(): void {
    this.onUpstreamError(closedEarly(this.#connection.origin.route))
  }

  onUpstreamDrain(): void {
    this.#runner?.resume()
  }

  onUpstreamError(error: CerthopError): void {
    if (this.#end === null) this.#refusal = error
    else this.#refuse(error)
  }

  readonly #onRunnerData = (bytes: Buffer): void => {
    this.#unanswered.push(bytes)
    this.#unansweredBytes += bytes.length
    const flowing = this.#connection.write(this.#gate.take(bytes))
    if (!flowing || this.#unansweredBytes > MAX_UNANSWERED) this.#runner?.pause()
  }

  #join(fromServer: Buffer): void {
    const runner = this.#runner as Socket
    this.#joined = true
    this.#unanswered = []
    runner.off('data', this.#onRunnerData)
    const server = this.#connection.detach()
    const ends = { runner, server, fromRunner: null, fromServer, filter: this.#filter }
    const { deadlines, limits } = this.#context
    new Tunnel(ends, deadlines, limits.tunnelIdleTimeout, totals => this.#end?.onEnd(totals))
  }

  #refuse(error: CerthopError): void {
    this.#connection.destroy()
    this.#runner?.off('data', this.#onRunnerData).pause()
    this.#end?.onRefused(error, Buffer.concat(this.#unanswered))
  }

  readonly #filter: TunnelFilter = {
    fromRunner: bytes => {
      const passed = this.#gate.take(bytes)
      if (this.#gate.broken) this.#connection.destroy()
      return passed
    },
    /** With what is due at the first place where it may stand. */
    fromServer: bytes => {
      const place = this.#boundary.follow(bytes)
      if (this.#due.length === 0 || place === -1) return bytes
      const due = this.#due
      this.#due = []
      return Buffer.concat([bytes.subarray(0, place), ...due, bytes.subarray(place)])
    },
  }
}
