import type { Socket } from 'node:net'
import type { CerthopError } from '../core/errors.ts'
import type { UpstreamConnection, UpstreamListener } from '../upstream/connection.ts'
import { closedEarly } from '../upstream/tls-errors.ts'
import type { ProxyContext } from './context.ts'
import { FrameStream, GRACEFUL_GOAWAY } from './http2-frames.ts'
import { StreamGate } from './http2-stream-gate.ts'
import { Tunnel, type TunnelTotals } from './tunnel.ts'

/** What a runner may send before the server has said anything: HTTP/2's first window is 64 KiB, and a little for the rest. */
const MAX_UNANSWERED = 131_072

/** Behind the end of the server no request can be answered any more; the runner may take so long to read what it was sent, in milliseconds. */
const LINGER = 2000

export interface SpliceEnd {
  /** The server broke off before its first byte. `fromRunner` is all that the runner has sent so far. */
  onRefused(error: CerthopError, fromRunner: Buffer): void
  onEnd(totals: TunnelTotals): void
}

/**
 * Two connections that both speak HTTP/2, joined frame by frame.
 *
 * ```
 *  secured ──start──► unanswered ──first byte of the server──► tunnel ──► ended
 *     └──────┬───────────┘                                        │ the identity is removed, or the proxy stops
 *            │ alert, reset, FIN                                  ▼
 *            ▼                                                  leaving: GOAWAY to the runner, streams in flight finish,
 *          refused: the runner can still be answered            new ones are refused
 * ```
 * In TLS 1.3 a server refuses a certificate after the handshake looked fine, so what the runner sends is kept until the
 * server has answered something. Of frames only the headers are looked at, to tell a new stream from those in flight:
 * no request goes out under an identity that was removed, and who sent it may send it again on another connection.
 */
export class Http2Splice implements UpstreamListener {
  readonly #context: ProxyContext
  readonly #connection: UpstreamConnection
  readonly #gate = new StreamGate(frame => this.#tellRunner(frame))
  readonly #toRunner = new FrameStream(0)
  #runner: Socket | null = null
  #end: SpliceEnd | null = null
  #early: Buffer | null = null
  #refusal: CerthopError | null = null
  #unanswered: Buffer[] = []
  #unansweredBytes = 0
  #joined = false
  #isLeaving = false

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

  /** Asks the runner to take another connection for its next request, and takes none here. */
  readonly goAway = (): void => {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#gate.shut()
    this.#tellRunner(GRACEFUL_GOAWAY)
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
    const ends = {
      runner,
      server,
      fromRunner: null,
      fromServer,
      toServer: (bytes: Buffer) => this.#passToServer(bytes),
      toRunner: (bytes: Buffer) => this.#toRunner.pass(bytes),
      lingerTimeout: LINGER,
    }
    new Tunnel(this.#context, ends, ({ bytesIn, bytesOut }) =>
      this.#end?.onEnd({ bytesIn: this.#unansweredBytes + bytesIn, bytesOut }),
    )
  }

  #refuse(error: CerthopError): void {
    this.#connection.destroy()
    this.#runner?.off('data', this.#onRunnerData).pause()
    this.#end?.onRefused(error, Buffer.concat(this.#unanswered))
  }

  /** Sends a frame of ours to the runner, at the next place where it may stand. */
  #tellRunner(frame: Buffer): void {
    const now = this.#toRunner.insert(frame)
    if (now !== null) this.#runner?.write(now)
  }

  #passToServer(bytes: Buffer): Buffer {
    const passed = this.#gate.take(bytes)
    if (this.#gate.broken) this.#connection.destroy()
    return passed
  }
}
