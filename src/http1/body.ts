import type { ErrorCode } from '../core/errors.ts'
import { ChunkedScanner, type DataListener } from './chunked.ts'
import type { RequestHead } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'

/** Follows one message body through the pieces in which it arrives and says where it ends. */
export interface Body {
  readonly done: boolean
  /** Returns the offset in `bytes` just past what belongs to this body. Throws when its framing is broken. */
  scan(bytes: Buffer, start: number): number
}

/** A message without a body. */
export const NO_BODY: Body = { done: true, scan: (_bytes, start) => start }

/** A body that ends with the connection (RFC 9112 section 6.3, case 8): never done by itself. */
export const UNTIL_CLOSE: Body = { done: false, scan: bytes => bytes.length }

class FixedBody implements Body {
  #remaining: number

  constructor(length: number) {
    this.#remaining = length
  }

  get done(): boolean {
    return this.#remaining === 0
  }

  scan(bytes: Buffer, start: number): number {
    const taken = Math.min(this.#remaining, bytes.length - start)
    this.#remaining -= taken
    return start + taken
  }
}

export interface BodyLimits {
  readonly headerBytes: number
  readonly headerFields: number
}

/** The body that follows a request head (RFC 9112 section 6.3): whatever the method, only framing fields decide. */
export function requestBody(head: RequestHead, limits: BodyLimits): Body {
  return framedBody(head.chunked, head.contentLength, 'bad_request', limits, null) ?? NO_BODY
}

/** The body that follows a final response head; `method` is the request's. `onData` receives the data of a chunked one. */
export function responseBody(
  head: ResponseHead,
  method: string,
  limits: BodyLimits,
  onData: DataListener | null = null,
): Body {
  if (method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) return NO_BODY
  return framedBody(head.chunked, head.contentLength, 'bad_response', limits, onData) ?? UNTIL_CLOSE
}

function framedBody(
  chunked: boolean,
  contentLength: number,
  code: ErrorCode,
  limits: BodyLimits,
  onData: DataListener | null,
): Body | null {
  if (chunked) return new ChunkedScanner(code, limits, onData)
  if (contentLength === 0) return NO_BODY
  return contentLength === -1 ? null : new FixedBody(contentLength)
}
