import type { Socket } from 'node:net'
import type { CerthopError } from '../core/errors.ts'
import type { UpstreamConnection, UpstreamListener } from '../upstream/connection.ts'
import { closedEarly } from '../upstream/tls-errors.ts'
import type { ProxyContext } from './context.ts'
import { FrameBoundary, GRACEFUL_GOAWAY } from './http2-frames.ts'
import { Tunnel, type TunnelTotals } from './tunnel.ts'

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
 *            ▼                                                  GOAWAY to the runner, between two frames
 *          refused: the runner can still be answered
 * ```
 * In TLS 1.3 a server refuses a certificate after the handshake looked fine, so what the runner sends is kept until the
 * server has answered something. Streams are not looked at; the GOAWAY makes the runner take a new tunnel for its next
 * request, and those in flight finish.
 */
export class Http2Splice implements UpstreamListener {
  readonly #context: ProxyContext
  readonly #connection: UpstreamConnection
  readonly #boundary = new FrameBoundary()
  #runner: Socket | null = null
  #end: SpliceEnd | null = null
  #early: Buffer | null = null
  #refusal: CerthopError | null = null
  #unanswered: Buffer[] = []
  #unansweredBytes = 0
  #joined = false
  #goAway: 'not needed' | 'due' | 'sent' = 'not needed'

  /** Listens to the server from now on: it may speak, or refuse, before the runner is ready. */
  constructor(context: ProxyContext, connection: UpstreamConnection) {
    this.#context = context
    this.#connection = connection
    connection.use(this)
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
    if (this.#goAway !== 'not needed') return
    if (this.#boundary.isBetween) {
      this.#goAway = 'sent'
      this.#runner?.write(GRACEFUL_GOAWAY)
    } else this.#goAway = 'due'
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
    const flowing = this.#connection.write(bytes)
    if (!flowing || this.#unansweredBytes > MAX_UNANSWERED) this.#runner?.pause()
  }

  #join(fromServer: Buffer): void {
    const runner = this.#runner as Socket
    this.#joined = true
    this.#unanswered = []
    runner.off('data', this.#onRunnerData)
    const server = this.#connection.detach(this.goAway)
    const ends = { runner, server, fromRunner: null, fromServer, filter: this.#passFrames }
    const { deadlines, limits } = this.#context
    new Tunnel(ends, deadlines, limits.tunnelIdleTimeout, totals => this.#end?.onEnd(totals))
  }

  #refuse(error: CerthopError): void {
    this.#connection.destroy()
    this.#runner?.off('data', this.#onRunnerData).pause()
    this.#end?.onRefused(error, Buffer.concat(this.#unanswered))
  }

  /** The server's bytes, with the GOAWAY at the first place where it may stand. */
  readonly #passFrames = (bytes: Buffer): Buffer => {
    const place = this.#boundary.follow(bytes)
    if (this.#goAway !== 'due' || place === -1) return bytes
    this.#goAway = 'sent'
    return Buffer.concat([bytes.subarray(0, place), GRACEFUL_GOAWAY, bytes.subarray(place)])
  }
}
