import assert from 'node:assert/strict'
import { CerthopError, type ErrorCode } from '../../src/core/errors.ts'
import {
  type Body,
  type BodyLimits,
  NO_BODY,
  requestBody,
  responseBody,
  UNTIL_CLOSE,
} from '../../src/http1/body.ts'
import { ChunkedScanner } from '../../src/http1/chunked.ts'
import { type Fields, fieldName, fieldValue, LINE_WIDTH, scanFields } from '../../src/http1/fields.ts'
import type { Head } from '../../src/http1/head.ts'
import { findRequestHeadEnd, findResponseHeadEnd, skipEmptyLines } from '../../src/http1/head-end.ts'
import { parseRequestHead, type RequestHead } from '../../src/http1/request-head.ts'
import { parseResponseHead, type ResponseHead } from '../../src/http1/response-head.ts'

/** Those of the default settings. */
export const LIMITS: BodyLimits = { headerBytes: 65_536, headerFields: 256 }

/** A message that passed whole. Offsets count from the first octet that was fed. */
export interface Message<H extends Head> {
  readonly head: H
  readonly start: number
  readonly bodyStart: number
  readonly end: number
  /** The body as it came, chunk sizes and trailers included, as latin1. */
  readonly body: string
}

/**
 * What becomes of the octets after the last whole message: there are none, they wait for more to come, they are
 * refused with a code, they are never read because the connection closes, they are a tunnel's, or they are `surplus`,
 * which a server sent without being asked.
 */
export type Rest = 'none' | 'waits' | 'closed' | 'tunnel' | 'surplus' | ErrorCode

export interface Played<H extends Head> {
  readonly messages: readonly Message<H>[]
  readonly rest: Rest
}

/** Where requests and responses differ. `after` says what a whole message makes of the octets behind it; null: the next message. */
interface Dialect<H extends Head> {
  skip(bytes: Buffer, start: number): number
  findEnd(bytes: Buffer, start: number): number
  parse(text: string): H
  body(head: H): Body
  after(head: H): Rest | null
}

interface Unfinished<H extends Head> {
  readonly head: H
  readonly body: Body
  readonly start: number
  readonly bodyStart: number
  came: string
}

/** Takes pieces the way a connection does: only an unfinished head is kept and looked at again. */
class Reader<H extends Head> {
  readonly #dialect: Dialect<H>
  readonly #messages: Message<H>[] = []
  #current: Unfinished<H> | null = null
  #unread: Buffer = Buffer.alloc(0)
  #offset = 0
  #length = 0
  #after: Rest | null = null

  constructor(dialect: Dialect<H>) {
    this.#dialect = dialect
  }

  push(piece: Buffer): void {
    this.#length += piece.length
    if (this.#after !== null) return
    const bytes = this.#unread.length === 0 ? piece : Buffer.concat([this.#unread, piece])
    try {
      const position = this.#read(bytes)
      this.#unread = bytes.subarray(position)
      this.#offset += position
    } catch (error) {
      if (!(error instanceof CerthopError)) throw error
      this.#after = error.code
    }
  }

  /** The connection has ended. */
  end(): Played<H> {
    if (this.#current?.body === UNTIL_CLOSE) this.#finish(this.#current, this.#length)
    return { messages: this.#messages, rest: this.#rest() }
  }

  #rest(): Rest {
    if (this.#length === (this.#messages.at(-1)?.end ?? 0)) return 'none'
    if (this.#after !== null) return this.#after
    return this.#current !== null || this.#unread.length > 0 ? 'waits' : 'none'
  }

  #read(bytes: Buffer): number {
    let position = 0
    while (position < bytes.length && this.#after === null) {
      if (this.#current === null) {
        position = this.#dialect.skip(bytes, position)
        const end = this.#dialect.findEnd(bytes, position)
        if (end === -1) break
        const head = this.#dialect.parse(bytes.toString('latin1', position, end - 2))
        const [start, bodyStart] = [this.#offset + position, this.#offset + end]
        this.#current = { head, body: this.#dialect.body(head), start, bodyStart, came: '' }
        position = end
      }
      const current = this.#current
      const end = current.body.scan(bytes, position)
      current.came += bytes.toString('latin1', position, end)
      position = end
      if (current.body.done) this.#finish(current, this.#offset + position)
    }
    return position
  }

  #finish({ head, start, bodyStart, came }: Unfinished<H>, end: number): void {
    this.#messages.push({ head, start, bodyStart, end, body: came })
    this.#current = null
    this.#after = this.#dialect.after(head)
  }
}

function requestDialect(limits: BodyLimits): Dialect<RequestHead> {
  return {
    skip: skipEmptyLines,
    findEnd: (bytes, start) => findRequestHeadEnd(bytes, start, limits.headerBytes),
    parse: text => parseRequestHead(text, limits.headerFields),
    body: head => (head.method === 'CONNECT' ? NO_BODY : requestBody(head, limits)),
    after: head => (head.method === 'CONNECT' ? 'tunnel' : head.close ? 'closed' : null),
  }
}

/** `methods` are those of the requests that the responses answer, in order. */
function responseDialect(methods: readonly string[], limits: BodyLimits): Dialect<ResponseHead> {
  let answered = 0
  const isFinal = (head: ResponseHead) => head.status >= 200 || head.status === 101
  return {
    skip: (_bytes, start) => start,
    findEnd: (bytes, start) => findResponseHeadEnd(bytes, start, limits.headerBytes),
    parse: text => parseResponseHead(text, limits.headerFields),
    body: head => responseBody(head, methods[answered] ?? 'GET', limits),
    after: head => {
      if (!isFinal(head)) return null
      answered += 1
      if (head.status === 101) return 'tunnel'
      if (head.close) return 'closed'
      return answered === methods.length ? 'surplus' : null
    },
  }
}

function play<H extends Head>(dialect: Dialect<H>, pieces: readonly Buffer[]): Played<H> {
  const reader = new Reader(dialect)
  for (const piece of pieces) reader.push(piece)
  return reader.end()
}

/** Plays octets whole, byte by byte and in two pieces cut at every offset, and demands that it makes no difference. */
function playEveryWay<H extends Head>(bytes: Buffer, dialect: () => Dialect<H>): Played<H> {
  const whole = play(dialect(), [bytes])
  const expected = JSON.stringify(whole)
  const compare = (pieces: Buffer[], how: string) => {
    const played = play(dialect(), pieces)
    if (JSON.stringify(played) !== expected) assert.deepEqual(played, whole, how)
  }
  compare(
    Array.from(bytes, octet => Buffer.of(octet)),
    'byte by byte',
  )
  for (let cut = 1; cut < bytes.length; cut += 1) {
    compare([bytes.subarray(0, cut), bytes.subarray(cut)], `in two pieces, cut at ${cut}`)
  }
  return whole
}

/** What a runner's octets are taken for, however they are cut. `text` is latin1. */
export function playRequests(text: string, limits = LIMITS): Played<RequestHead> {
  return playEveryWay(Buffer.from(text, 'latin1'), () => requestDialect(limits))
}

/** What a server's octets are taken for, however they are cut, as the answer to requests with these methods. */
export function playResponses(text: string, methods = ['GET'], limits = LIMITS): Played<ResponseHead> {
  return playEveryWay(Buffer.from(text, 'latin1'), () => responseDialect(methods, limits))
}

/** As `playRequests` and `playResponses`, in one piece only. */
export function playRequestsAtOnce(bytes: Buffer, limits = LIMITS): Played<RequestHead> {
  return play(requestDialect(limits), [bytes])
}

export function playResponsesAtOnce(bytes: Buffer, methods = ['GET'], limits = LIMITS): Played<ResponseHead> {
  return play(responseDialect(methods, limits), [bytes])
}

/** The one request that `text` is, to its last octet. */
export function onlyRequest(text: string, limits = LIMITS): Message<RequestHead> {
  return only(playRequests(text, limits))
}

/** The one final response to `method` that `text` is, to its last octet. */
export function onlyResponse(text: string, method = 'GET', limits = LIMITS): Message<ResponseHead> {
  return only(playResponses(text, [method], limits))
}

function only<H extends Head>({ messages, rest }: Played<H>): Message<H> {
  const [message] = messages
  assert.equal(rest, 'none')
  assert.ok(message !== undefined && messages.length === 1, `${messages.length} messages`)
  return message
}

/** Asserts that `text` is refused with `code` before any message has passed. */
export function refusesRequest(text: string, code: ErrorCode = 'bad_request', limits = LIMITS): void {
  assert.deepEqual(playRequests(text, limits), { messages: [], rest: code })
}

/** Asserts that `text` is refused as a bad response before any message has passed. */
export function refusesResponse(text: string, method = 'GET', limits = LIMITS): void {
  assert.deepEqual(playResponses(text, [method], limits), { messages: [], rest: 'bad_response' })
}

/** Names as they came and values, one pair a line. */
export function fieldPairs(fields: Fields): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let index = 0; index < fields.lines.length; index += LINE_WIDTH) {
    const start = fields.lines[index] ?? 0
    const name = fields.text.slice(start, start + fieldName(fields, index).length)
    pairs.push([name, fieldValue(fields, index)])
  }
  return pairs
}

/** The content of a message, as latin1: its body without the chunked coding. */
export function contentOf({ head, body }: Message<Head>): string {
  if (!head.chunked) return body
  let content = ''
  const scanner = new ChunkedScanner('bad_request', LIMITS, (bytes, start, end) => {
    content += bytes.toString('latin1', start, end)
  })
  scanner.scan(Buffer.from(body, 'latin1'), 0)
  return content
}

/** The trailer fields of a message, as `fieldPairs`. */
export function trailerPairs({ head, body }: Message<Head>): [name: string, value: string][] {
  if (!head.chunked || body === '') return []
  let lastChunk = 0
  const scanner = new ChunkedScanner('bad_request', LIMITS, (_bytes, _start, end) => {
    lastChunk = end + '\r\n'.length
  })
  scanner.scan(Buffer.from(body, 'latin1'), 0)
  const section = body.slice(body.indexOf('\r\n', lastChunk) + '\r\n'.length, -'\r\n'.length)
  return fieldPairs(scanFields(section, 0, LIMITS.headerFields, 'bad_request'))
}
