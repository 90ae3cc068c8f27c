import { CerthopError } from '../core/errors.ts'
import { type Body, type BodyLimits, NO_BODY, responseBody, UNTIL_CLOSE } from '../http1/body.ts'
import { findResponseHeadEnd } from '../http1/head-end.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { parseResponseHead, type ResponseHead } from '../http1/response-head.ts'
import { writeResponseHead } from '../http1/rewrite.ts'
import type { EgressProxy } from '../upstream/egress.ts'

/** Where a response goes. Both return false when the relay should be held up until the runner has read some of it. */
export interface ResponseSink {
  write(data: string | Buffer): boolean
  writeHead(head: string, body: Buffer): boolean
}

export interface RelayOptions {
  readonly limits: BodyLimits
  /** The value that Via gets; null for none. */
  readonly via: string | null
  /** The client connection is to end after this response, whatever the two sides say. */
  readonly draining: () => boolean
}

const SWITCHING_PROTOCOLS = 101
const PROXY_AUTHENTICATION_REQUIRED = 407

/** A body that arrives with its head is sent in one buffer with it up to this size; above, copying costs more than it saves. */
const COPY_UP_TO = 16_384

/**
 * Carries one response from the server to the runner, as it comes:
 *
 * ```
 *            ┌─ 1xx ─┐
 *  bytes ──► head ───┴─► final head ──► body ──► done
 *            │               └─ 101 ──► upgraded, `rest` belongs to the new protocol
 *            └─ bad_response, egress_proxy_failed
 * ```
 */
export class ResponseRelay {
  /** Of the final response, once its head was sent. */
  status: number | null = null
  done = false
  /** The server switched protocols, as the request had asked. */
  upgraded = false
  /** What came behind the response. Its server is not in step with us, unless it has upgraded. */
  rest: Buffer | null = null
  /** The client connection can carry another request after this response. */
  clientPersists = false
  /** The upstream connection can carry another request, as far as the response says. */
  serverPersists = false
  authenticatesConnection = false
  /** Octets of body sent to the runner. */
  bodyBytes = 0
  /** The proxy that forwards the request, and whose own answer the response may be; null for a connection to the server. */
  forwarder: EgressProxy | null = null
  readonly #sink: ResponseSink
  readonly #request: RequestHead
  readonly #options: RelayOptions
  #partial: Buffer | null = null
  #body: Body = NO_BODY
  /** The body goes out without its chunked framing, because the runner speaks HTTP/1.0. */
  #decodes = false
  #flowing = true

  constructor(sink: ResponseSink, request: RequestHead, options: RelayOptions) {
    this.#sink = sink
    this.#request = request
    this.#options = options
  }

  /** Passes `bytes` on. Returns false when reading should pause. Throws `bad_response` or `egress_proxy_failed`. */
  take(bytes: Buffer): boolean {
    this.#flowing = true
    if (this.status === null)
      this.#takeHead(this.#partial === null ? bytes : Buffer.concat([this.#partial, bytes]))
    else this.#takeBody(bytes, 0)
    return this.#flowing
  }

  /** The server has sent FIN. True when that completes the response. */
  takeEnd(): boolean {
    if (this.status !== null && this.#body === UNTIL_CLOSE) this.done = true
    return this.done
  }

  /** To the runner, the end of its connection is the end of the body: an orderly one would make a cut body look whole. */
  get endsWithConnection(): boolean {
    return this.#decodes || this.#body === UNTIL_CLOSE
  }

  #takeHead(bytes: Buffer): void {
    const { headerBytes, headerFields } = this.#options.limits
    let start = 0
    for (;;) {
      const end = findResponseHeadEnd(bytes, start, headerBytes)
      if (end === -1) {
        this.#partial = start === bytes.length ? null : bytes.subarray(start)
        return
      }
      const head = parseResponseHead(bytes.toString('latin1', start, end - 2), headerFields)
      if (head.status >= 200 || head.status === SWITCHING_PROTOCOLS) {
        this.#partial = null
        this.#takeFinalHead(head, bytes, end)
        return
      }
      this.#passInterim(head)
      start = end
      if (start === bytes.length) {
        this.#partial = null
        return
      }
    }
  }

  /** 1xx responses are the server's to send; a runner that speaks HTTP/1.0 does not know them (RFC 9110 section 15.2). */
  #passInterim(head: ResponseHead): void {
    if (this.#request.minorVersion === 0) return
    const text = writeResponseHead(head, { connection: null, decoded: false, via: this.#options.via })
    this.#flowing = this.#sink.write(text)
  }

  #takeFinalHead(head: ResponseHead, bytes: Buffer, end: number): void {
    const upgraded = head.status === SWITCHING_PROTOCOLS
    if (upgraded && !mayUpgrade(this.#request)) {
      throw new CerthopError('bad_response', 'The server switched protocols without having been asked to')
    }
    // The challenge is for us: to the runner it would look like one of ours.
    if (head.status === PROXY_AUTHENTICATION_REQUIRED && this.forwarder !== null)
      throw this.forwarder.refusal(head.status, `${this.#request.method} in absolute-form`)
    this.#decodes = head.chunked && this.#request.minorVersion === 0
    const onData = this.#decodes
      ? (piece: Buffer, from: number, to: number) => this.#send(piece, from, to)
      : null
    const body = responseBody(head, this.#request.method, this.#options.limits, onData)
    this.#body = body
    this.authenticatesConnection = head.authenticatesConnection
    this.clientPersists = !(
      this.#request.close ||
      this.#decodes ||
      body === UNTIL_CLOSE ||
      this.#options.draining()
    )
    this.serverPersists = !(head.close || body === UNTIL_CLOSE || upgraded)
    this.status = head.status
    const text = writeResponseHead(head, {
      connection: this.clientPersists ? (this.#request.minorVersion === 0 ? 'keep-alive' : null) : 'close',
      decoded: this.#decodes,
      via: this.#options.via,
    })
    if (upgraded) {
      this.#flowing = this.#sink.write(text)
      this.upgraded = true
      this.rest = end === bytes.length ? null : bytes.subarray(end)
    } else if (this.#decodes) {
      this.#sink.write(text)
      this.#takeBody(bytes, end)
    } else this.#sendWithHead(text, bytes, end)
  }

  #sendWithHead(head: string, bytes: Buffer, start: number): void {
    const end = this.#scan(bytes, start)
    const length = end - start
    if (length === 0) this.#flowing = this.#sink.write(head)
    else if (length <= COPY_UP_TO) {
      const whole = Buffer.allocUnsafe(head.length + length)
      whole.write(head, 'latin1')
      bytes.copy(whole, head.length, start, end)
      this.#flowing = this.#sink.write(whole)
    } else this.#flowing = this.#sink.writeHead(head, bytes.subarray(start, end))
    this.bodyBytes += length
  }

  #takeBody(bytes: Buffer, start: number): void {
    const end = this.#scan(bytes, start)
    if (!this.#decodes) this.#send(bytes, start, end)
  }

  /** Finds the end of the body, and keeps what is behind it. */
  #scan(bytes: Buffer, start: number): number {
    const end = this.#body.scan(bytes, start)
    this.done = this.#body.done
    if (end < bytes.length) {
      this.rest = bytes.subarray(end)
      this.serverPersists = false
    }
    return end
  }

  #send(bytes: Buffer, start: number, end: number): void {
    if (start === end) return
    this.bodyBytes += end - start
    this.#flowing = this.#sink.write(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
  }
}

/**
 * The protocol that the request asks to upgrade to is passed on. Not so h2c: HTTP/2 over clear text has no place in a
 * TLS connection, and behind an upgrade no request could be told from the next (RFC 9113 section 3.1).
 */
export function mayUpgrade(request: RequestHead): boolean {
  return request.upgrade !== null && !/(?:^|[\s,])h2c(?:$|[\s,])/i.test(request.upgrade)
}
