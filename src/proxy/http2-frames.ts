/** Frame types (RFC 9113 section 6). */
export const FrameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  pushPromise: 5,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export interface FrameHeader {
  readonly type: number
  /** 0 for the connection itself. */
  readonly stream: number
  /** Octets of its payload. */
  readonly length: number
}

const HEADER_LENGTH = 9
const END_HEADERS = 0x4
const REFUSED_STREAM = 7

/** These carry a field block, which nothing may interrupt until END_HEADERS. */
const FIELD_BLOCK: ReadonlySet<number> = new Set([
  FrameType.headers,
  FrameType.pushPromise,
  FrameType.continuation,
])

/**
 * One direction of an HTTP/2 connection, cut into its frames (RFC 9113 section 4.1): passes them on as they come, leaves
 * out those that `admits` says no to, and puts others in between. Looks at their headers alone. A header that has come
 * in part is held back, so that at any moment what went out ends with a frame or within the payload of one.
 */
export class FrameStream {
  readonly #admits: (frame: FrameHeader) => boolean
  /** Octets of the preface still to come; they are no frame. */
  #preface: number
  #held: Buffer | null = null
  /** Octets of the current frame's payload still to come. */
  #payload = 0
  #isAdmitted = true
  #inFieldBlock = false
  /** A frame has passed; the first one of a connection has to be SETTINGS (RFC 9113 section 3.4). */
  #hasBegun = false
  #insertions: Buffer[] = []

  constructor(prefaceLength: number, admits: (frame: FrameHeader) => boolean = () => true) {
    this.#preface = prefaceLength
    this.#admits = admits
  }

  /** Puts `frame` where the next one may stand. Returns what is to be sent at once. */
  insert(frame: Buffer): Buffer | null {
    if (this.#mayInsert) return frame
    this.#insertions.push(frame)
    return null
  }

  /** What goes out for `bytes` that came: mostly these very bytes. */
  pass(bytes: Buffer): Buffer {
    const input = this.#held === null ? bytes : Buffer.concat([this.#held, bytes])
    this.#held = null
    const output: Buffer[] = []
    let runStart = 0
    let position = 0
    const endRun = () => {
      if (this.#isAdmitted && runStart < position) output.push(input.subarray(runStart, position))
      runStart = position
    }
    for (;;) {
      position = this.#skipWithin(input, position)
      if (this.#payload > 0 || this.#preface > 0) break
      if (this.#insertions.length > 0 && this.#mayInsert) {
        endRun()
        output.push(...this.#insertions.splice(0))
      }
      if (position + HEADER_LENGTH > input.length) break
      // A frame is as admitted as the one before in all but a few cases, and then the run goes on.
      const admitted = this.#readHeader(input, position)
      if (admitted !== this.#isAdmitted) endRun()
      this.#isAdmitted = admitted
      position += HEADER_LENGTH
    }
    endRun()
    if (position < input.length) this.#held = input.subarray(position)
    return output.length === 1 ? (output[0] as Buffer) : Buffer.concat(output)
  }

  get #mayInsert(): boolean {
    return this.#hasBegun && this.#payload === 0 && !this.#inFieldBlock
  }

  #skipWithin(input: Buffer, start: number): number {
    const preface = Math.min(this.#preface, input.length - start)
    this.#preface -= preface
    const payload = Math.min(this.#payload, input.length - start - preface)
    this.#payload -= payload
    return start + preface + payload
  }

  #readHeader(input: Buffer, start: number): boolean {
    this.#hasBegun = true
    this.#payload = input.readUIntBE(start, 3)
    const type = input.readUInt8(start + 3)
    const flags = input.readUInt8(start + 4)
    const stream = input.readUInt32BE(start + 5) & 0x7fffffff
    const admitted = this.#admits({ type, stream, length: this.#payload })
    this.#inFieldBlock = admitted && FIELD_BLOCK.has(type) && (flags & END_HEADERS) === 0
    return admitted
  }
}

/**
 * A GOAWAY that asks for no further streams and refuses none (RFC 9113 section 6.8): the highest stream identifier there
 * is, NO_ERROR.
 */
export const GRACEFUL_GOAWAY = frame(FrameType.goAway, 0, [0x7fffffff, 0])

/** Says of a stream that nothing was done for it, so that the request may be sent again (RFC 9113 section 8.7). */
export function refusedStream(stream: number): Buffer {
  return frame(FrameType.rstStream, stream, [REFUSED_STREAM])
}

/** Lets the other side send `octets` more on the connection as a whole (RFC 9113 section 6.9). */
export function windowUpdate(octets: number): Buffer {
  return frame(FrameType.windowUpdate, 0, [octets])
}

/** A frame without flags whose payload is 32-bit numbers. */
function frame(type: number, stream: number, payload: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEADER_LENGTH + 4 * payload.length)
  bytes.writeUIntBE(4 * payload.length, 0, 3)
  bytes.writeUInt8(type, 3)
  bytes.writeUInt32BE(stream, 5)
  for (const [index, number] of payload.entries()) bytes.writeUInt32BE(number, HEADER_LENGTH + 4 * index)
  return bytes
}
