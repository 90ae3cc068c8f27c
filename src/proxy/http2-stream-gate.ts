import { FRAME, FRAME_HEADER, refusal, windowUpdate } from './http2-frames.ts'

const PREFACE_LENGTH = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'.length

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
  readonly #header = Buffer.alloc(FRAME_HEADER)
  /** Octets of the header that have come; they are held back until it is complete. */
  #headerLength = 0
  /** Octets of the payload still to come. The preface passes like one. */
  #payload = PREFACE_LENGTH
  #passes = true
  #shut = false
  #highestStream = 0
  #hasRefused = false

  constructor(answer: (frame: Buffer) => void) {
    this.#answer = answer
  }

  shut(): void {
    this.#shut = true
  }

  /** What of `bytes`, and of what was held back, goes on to the server. */
  take(bytes: Buffer): Buffer {
    const kept: Buffer[] = []
    let start = 0
    let position = 0
    /** Leaves out what lies between `from` and `to`. */
    const skip = (from: number, to: number) => {
      if (from > start) kept.push(bytes.subarray(start, from))
      start = to
    }
    while (position < bytes.length) {
      const from = position
      if (this.#payload > 0) {
        position = Math.min(from + this.#payload, bytes.length)
        this.#payload -= position - from
        if (!this.#passes) skip(from, position)
      } else {
        position = this.#collectHeader(bytes, from)
        if (this.#headerLength < FRAME_HEADER) skip(from, position)
        else {
          const isWhole = position - from === FRAME_HEADER
          this.#takeHeader()
          if (!this.#passes || !isWhole) skip(from, position)
          if (this.#passes && !isWhole) kept.push(Buffer.from(this.#header))
        }
      }
    }
    if (start === 0) return bytes
    if (start < bytes.length) kept.push(bytes.subarray(start))
    return Buffer.concat(kept)
  }

  #collectHeader(bytes: Buffer, start: number): number {
    const end = Math.min(start + FRAME_HEADER - this.#headerLength, bytes.length)
    bytes.copy(this.#header, this.#headerLength, start, end)
    this.#headerLength += end - start
    return end
  }

  #takeHeader(): void {
    this.#headerLength = 0
    const length = this.#header.readUIntBE(0, 3)
    const type = this.#header[3]
    const stream = this.#header.readUInt32BE(5) & 0x7fffffff
    this.#payload = length
    // The rest of a field block fares as its beginning did.
    if (type === FRAME.continuation) return
    // Streams with even numbers are those that the server pushes.
    const isNew = stream % 2 === 1 && stream > this.#highestStream
    if (type === FRAME.headers && !isNew && this.#hasRefused) this.broken = true
    this.#passes = !this.broken && !(this.#shut && isNew)
    if (this.#passes) {
      if (type === FRAME.headers && isNew) this.#highestStream = stream
    } else if (type === FRAME.headers) {
      this.#hasRefused = true
      this.#answer(refusal(stream))
    } else if (type === FRAME.data && length > 0) {
      // The server never sees it, and so never makes room for more.
      this.#answer(windowUpdate(length))
    }
  }
}
