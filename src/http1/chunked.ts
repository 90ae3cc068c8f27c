import { CerthopError, type ErrorCode } from '../core/errors.ts'
import { LF } from './characters.ts'
import { FIELD, LINE_WIDTH, scanFields, tooLarge } from './fields.ts'

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const QUOTED_STRING = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"'

/** chunk-size and chunk-ext (RFC 9112 section 7.1), without the white space that senders must not write. */
const SIZE_LINE = new RegExp(`^([0-9A-Fa-f]{1,13})(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED_STRING}))?)*\\r\\n$`)

const MAX_SIZE_LINE = 4096

const FORBIDDEN_TRAILERS: ReadonlySet<number | undefined> = new Set([
  FIELD.contentLength,
  FIELD.transferEncoding,
  FIELD.host,
  FIELD.connection,
])

/** What the next octets are. */
const STATE = { size: 0, data: 1, dataEnd: 2, trailer: 3, done: 4 } as const

/** Receives the bytes of one chunk's data: `bytes.subarray(start, end)`. */
export type DataListener = (bytes: Buffer, start: number, end: number) => void

/**
 * Follows a chunked body (RFC 9112 section 7.1) through the pieces in which it arrives, without changing it: chunk
 * extensions and trailers pass through as they came.
 *
 * ```
 * size ──► data ──► dataEnd ──► size …        size 0 ──► trailer ──► done
 * ```
 */
export class ChunkedScanner {
  #state: (typeof STATE)[keyof typeof STATE] = STATE.size
  /** Octets of the current chunk's data still to come. */
  #remaining = 0
  /** The start of a line whose end has not come yet. */
  #partial = ''
  #trailers = ''
  readonly #code: ErrorCode
  readonly #maxTrailerBytes: number
  readonly #maxFields: number
  readonly #onData: DataListener | null

  /** Throws errors with `code`. `onData` is told of every piece of data, for those who decode. */
  constructor(
    code: ErrorCode,
    limits: { headerBytes: number; headerFields: number },
    onData: DataListener | null = null,
  ) {
    this.#code = code
    this.#maxTrailerBytes = limits.headerBytes
    this.#maxFields = limits.headerFields
    this.#onData = onData
  }

  get done(): boolean {
    return this.#state === STATE.done
  }

  /** Scans from `start` and returns the offset past the last octet of the body in `bytes`: `bytes.length` unless `done`. */
  scan(bytes: Buffer, start: number): number {
    let position = start
    while (position < bytes.length && this.#state !== STATE.done) {
      position =
        this.#state === STATE.data ? this.#skipData(bytes, position) : this.#readLine(bytes, position)
    }
    return position
  }

  #skipData(bytes: Buffer, start: number): number {
    const end = Math.min(start + this.#remaining, bytes.length)
    this.#onData?.(bytes, start, end)
    this.#remaining -= end - start
    if (this.#remaining === 0) this.#state = STATE.dataEnd
    return end
  }

  #readLine(bytes: Buffer, start: number): number {
    const lineFeed = bytes.indexOf(LF, start)
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1
    const line = this.#partial + bytes.toString('latin1', start, end)
    if (line.length > this.#longestLine()) throw this.#tooLong()
    if (lineFeed !== -1) {
      this.#partial = ''
      this.#takeLine(line)
    } else {
      this.#partial = line
      // Nothing but CRLF may follow the data: whoever sends more is told now, and not when a line feed comes.
      if (this.#state === STATE.dataEnd && line !== '\r') throw this.#dataTooLong()
    }
    return end
  }

  #takeLine(line: string): void {
    if (this.#state === STATE.size) this.#takeSize(line)
    else if (this.#state === STATE.trailer) this.#takeTrailer(line)
    else {
      if (line !== '\r\n') throw this.#dataTooLong()
      this.#state = STATE.size
    }
  }

  #takeSize(line: string): void {
    const digits = SIZE_LINE.exec(line)?.[1]
    if (digits === undefined) throw this.#error('A chunk size line is not valid')
    this.#remaining = Number.parseInt(digits, 16)
    this.#state = this.#remaining === 0 ? STATE.trailer : STATE.data
  }

  #takeTrailer(line: string): void {
    if (line !== '\r\n') {
      // The rest is checked when all lines are there; after this, that might never be.
      if (!line.endsWith('\r\n')) throw this.#error('A line of the trailer section ends with a bare LF')
      this.#trailers += line
      return
    }
    const { lines } = scanFields(this.#trailers, 0, this.#maxFields, this.#code)
    for (let index = 2; index < lines.length; index += LINE_WIDTH) {
      if (FORBIDDEN_TRAILERS.has(lines[index]))
        throw this.#error('A trailer field would change framing or routing')
    }
    this.#state = STATE.done
  }

  #longestLine(): number {
    return this.#state === STATE.trailer ? this.#maxTrailerBytes - this.#trailers.length : MAX_SIZE_LINE
  }

  #tooLong(): CerthopError {
    if (this.#state !== STATE.trailer) return this.#error('A chunk size line is too long')
    return tooLarge(this.#code, `The trailer section is longer than ${this.#maxTrailerBytes} bytes`, {
      hint: 'Send fewer trailers, or raise limits.headerBytes.',
    })
  }

  #dataTooLong(): CerthopError {
    return this.#error('The data of a chunk is longer than its size')
  }

  #error(message: string): CerthopError {
    return new CerthopError(this.#code, message)
  }
}
