import { CerthopError, type ErrorCode } from '../core/errors.ts'
import { FIELD, type Fields, fieldValue, LINE_WIDTH, listMembers } from './fields.ts'

/** What request and response heads have in common: field lines, and what they say of framing and connection. */
export interface Head extends Fields {
  /** Of HTTP/1.x. */
  readonly minorVersion: 0 | 1
  /** The value of Content-Length, or -1 without one. */
  readonly contentLength: number
  /** `Transfer-Encoding: chunked`. */
  readonly chunked: boolean
  /** The connection ends after this message (RFC 9112 section 9.3). */
  readonly close: boolean
  /** The value of Upgrade, where Connection names it too; null otherwise. */
  readonly upgrade: string | null
  /** Lower-cased names that Connection nominates beyond the well-known ones; null when there are none. */
  readonly nominated: readonly string[] | null
  /** `TE: trailers` was sent. */
  readonly acceptsTrailers: boolean
  /** NTLM or Negotiate is spoken: they authenticate the connection, not the request (RFC 4559 section 6). */
  readonly authenticatesConnection: boolean
}

/** What the field lines say, gathered in one pass. Which combinations are refused is for the two kinds of head to say. */
export class FieldFacts {
  contentLength = -1
  transferEncoding: string | null = null
  hosts = 0
  upgrade: string | null = null
  proxyAuthorization: string | null = null
  nominated: string[] | null = null
  namesClose = false
  namesKeepAlive = false
  acceptsTrailers = false
  authenticatesConnection = false
  #namesUpgrade = false
  readonly #code: ErrorCode

  constructor(fields: Fields, code: ErrorCode) {
    this.#code = code
    const { lines } = fields
    for (let index = 0; index < lines.length; index += LINE_WIDTH) {
      if (lines[index + 2] !== FIELD.other) this.#read(fields, index)
    }
    if (!this.#namesUpgrade) this.upgrade = null
  }

  #read(fields: Fields, index: number): void {
    switch (fields.lines[index + 2]) {
      case FIELD.host:
        this.hosts += 1
        break
      case FIELD.contentLength:
        if (this.contentLength !== -1)
          throw new CerthopError(this.#code, 'There is more than one Content-Length field')
        this.contentLength = this.#parseLength(fieldValue(fields, index))
        break
      case FIELD.transferEncoding:
        if (this.transferEncoding !== null) {
          throw new CerthopError(this.#code, 'There is more than one Transfer-Encoding field')
        }
        this.transferEncoding = fieldValue(fields, index).toLowerCase()
        break
      case FIELD.connection:
        this.#readConnection(fieldValue(fields, index))
        break
      case FIELD.upgrade: {
        const value = fieldValue(fields, index)
        this.upgrade = this.upgrade === null ? value : `${this.upgrade}, ${value}`
        break
      }
      case FIELD.proxyAuthorization: {
        const value = fieldValue(fields, index)
        // Joined, two of them are no credentials.
        this.proxyAuthorization =
          this.proxyAuthorization === null ? value : `${this.proxyAuthorization}, ${value}`
        break
      }
      case FIELD.te:
        this.acceptsTrailers ||= /(?:^|[,\s])trailers(?:$|[,;\s])/i.test(fieldValue(fields, index))
        break
      case FIELD.authorization:
      case FIELD.wwwAuthenticate:
        this.authenticatesConnection ||= CONNECTION_SCHEME.test(fieldValue(fields, index))
        break
    }
  }

  #parseLength(value: string): number {
    const length = /^\d{1,20}$/.test(value) ? Number(value) : Number.NaN
    if (!Number.isSafeInteger(length))
      throw new CerthopError(this.#code, 'Content-Length is not a number of octets')
    return length
  }

  #readConnection(value: string): void {
    for (const option of listMembers(value)) {
      if (option === 'close') this.namesClose = true
      else if (option === 'keep-alive') this.namesKeepAlive = true
      else if (option === 'upgrade') this.#namesUpgrade = true
      else if (option !== '' && !NEVER_NOMINATED.has(option)) {
        this.nominated ??= []
        this.nominated.push(option)
      }
    }
  }
}

/** First in Authorization; anywhere in WWW-Authenticate, whose challenges may share one line (RFC 9110 section 11.6.1). */
const CONNECTION_SCHEME = /(?:^|,)[ \t]*(?:ntlm|negotiate)\b/i

/**
 * Nominating these changes nothing. Those that are hop-by-hop anyway are dropped anyway; dropping the others would
 * change where the message ends or where it goes.
 */
const NEVER_NOMINATED = new Set(['te', 'proxy-connection', 'transfer-encoding', 'content-length', 'host'])
