import { type FrameHeader, FrameStream, FrameType, refusedStream, windowUpdate } from './http2-frames.ts'

/** Octets of the connection preface of a client (RFC 9113 section 3.4). */
const PREFACE_LENGTH = 24

/**
 * Follows the frames that a runner sends on one HTTP/2 connection and, once it is shut, lets no new stream through:
 *
 * ```
 *  open ──shut──► frames of streams that had begun, and of the connection ──► the server
 *                 frames of new streams ──► left out; `answer` gets a RST_STREAM that says that they may be sent again
 * ```
 * Field blocks share one state of compression (RFC 7541 section 2.2). Trailers that come behind a block that was left
 * out might mean something else to the server, so the connection must end then: `broken`.
 */
export class StreamGate {
  broken = false
  readonly #answer: (frame: Buffer) => void
  readonly #frames = new FrameStream(PREFACE_LENGTH, frame => this.#admits(frame))
  #isShut = false
  #hasRefused = false
  #highestStream = 0
  #admitted = true

  constructor(answer: (frame: Buffer) => void) {
    this.#answer = answer
  }

  shut(): void {
    this.#isShut = true
  }

  /** What goes on to the server for `bytes` of the runner. */
  take(bytes: Buffer): Buffer {
    return this.#frames.pass(bytes)
  }

  #admits({ type, stream, length }: FrameHeader): boolean {
    // The rest of a field block fares as its beginning did.
    if (type === FrameType.continuation) return this.#admitted
    // Streams with even numbers are those that the server pushes.
    const isNew = stream % 2 === 1 && stream > this.#highestStream
    const isHeaders = type === FrameType.headers
    if (isHeaders && !isNew && this.#hasRefused) this.broken = true
    this.#admitted = !this.broken && !(this.#isShut && isNew)
    if (this.#admitted) {
      if (isHeaders && isNew) this.#highestStream = stream
    } else if (isHeaders) {
      this.#hasRefused = true
      this.#answer(refusedStream(stream))
    } else if (type === FrameType.data && length > 0) {
      // The server never sees it, and so never makes room for more.
      this.#answer(windowUpdate(length))
    }
    return this.#admitted
  }
}
