export const FRAME_HEADER = 9

/** Types of frames (RFC 9113 section 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  resetStream: 3,
  pushPromise: 5,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

/** They carry a field block, which nothing may interrupt until END_HEADERS. */
const FIELD_BLOCK_FRAMES: ReadonlySet<number | undefined> = new Set([
  FRAME.headers,
  FRAME.pushPromise,
  FRAME.continuation,
])
const END_HEADERS = 0x4

/**
 * Follows the frames of one direction of an HTTP/2 connection (RFC 9113 section 4.1) to know where one ends and the
 * next begins. Looks at their headers alone.
 */
export class FrameBoundary {
  readonly #header = Buffer.alloc(FRAME_HEADER)
  /** Octets of the header that have come. */
  #headerLength = 0
  /** Octets of the payload still to come. */
  #payload = 0
  #inFieldBlock = false
  /** SETTINGS has passed, which has to be the first (RFC 9113 section 3.4). */
  #hasBegun = false

  /** True where a further frame may stand. */
  get isBetween(): boolean {
    return this.#hasBegun && this.#headerLength === 0 && this.#payload === 0 && !this.#inFieldBlock
  }

  /** Follows all of `bytes`. Returns the offset in it of the first boundary, 0 and its end included, or -1. */
  follow(bytes: Buffer): number {
    let first = this.isBetween ? 0 : -1
    let position = 0
    while (position < bytes.length) {
      position = this.#payload > 0 ? this.#skipPayload(bytes, position) : this.#readHeader(bytes, position)
      if (first === -1 && this.isBetween) first = position
    }
    return first
  }

  #skipPayload(bytes: Buffer, start: number): number {
    const end = Math.min(start + this.#payload, bytes.length)
    this.#payload -= end - start
    return end
  }

  #readHeader(bytes: Buffer, start: number): number {
    const end = Math.min(start + FRAME_HEADER - this.#headerLength, bytes.length)
    bytes.copy(this.#header, this.#headerLength, start, end)
    this.#headerLength += end - start
    if (this.#headerLength === FRAME_HEADER) {
      this.#headerLength = 0
      this.#hasBegun = true
      this.#payload = this.#header.readUIntBE(0, 3)
      const [type, flags] = this.#header.subarray(3, 5)
      this.#inFieldBlock = FIELD_BLOCK_FRAMES.has(type) && ((flags ?? 0) & END_HEADERS) === 0
    }
    return end
  }
}

/**
 * A GOAWAY that asks for no further streams and refuses none (RFC 9113 section 6.8): the highest stream identifier there
 * is, NO_ERROR.
 */
export const GRACEFUL_GOAWAY = frame(FRAME.goAway, 0, 0x7fffffff, 0)

const REFUSED_STREAM = 7

/** A RST_STREAM that says that nothing was done for the stream, so that it may be sent again (RFC 9113 section 8.7). */
export function refusal(stream: number): Buffer {
  return frame(FRAME.resetStream, stream, REFUSED_STREAM)
}

/** Makes room for `octets` more on the connection as a whole. */
export function windowUpdate(octets: number): Buffer {
  return frame(FRAME.windowUpdate, 0, octets)
}

/** A frame without flags, whose payload is `words` of 32 bits. */
function frame(type: number, stream: number, ...words: number[]): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER + 4 * words.length)
  bytes.writeUIntBE(4 * words.length, 0, 3)
  bytes.writeUInt8(type, 3)
  bytes.writeUInt32BE(stream, 5)
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, FRAME_HEADER + 4 * index)
  return bytes
}
