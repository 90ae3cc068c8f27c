import { CerthopError } from '../core/errors.ts'
import { CR, isFieldValueCharacter, LF, SP } from './characters.ts'
import { scanFields } from './fields.ts'
import { FieldFacts, type Head } from './head.ts'

export interface ResponseHead extends Head {
  /** 100 to 999; what is above 599 is passed on as it came. */
  readonly status: number
  /** Offset in `text` of the first field line. */
  readonly fieldsStart: number
}

const STATUS_START = 'HTTP/1.1 '.length
const STATUS_END = STATUS_START + 3

/**
 * Parses a response head (RFC 9112 sections 4 and 5); `text` as for requests. Throws `bad_response`, also for what
 * could make two recipients disagree on where the body ends: Content-Length beside Transfer-Encoding, transfer
 * codings other than `chunked`, several lengths.
 */
export function parseResponseHead(text: string, maxFields: number): ResponseHead {
  const minorVersion = parseVersion(text)
  const fieldsStart = parseStatusLine(text)
  const { lines } = scanFields(text, fieldsStart, maxFields, 'bad_response')
  const facts = new FieldFacts({ text, lines }, 'bad_response')
  const chunked = facts.transferEncoding !== null
  if (chunked) checkTransferEncoding(facts, minorVersion)
  return {
    text,
    lines,
    status: Number(text.slice(STATUS_START, STATUS_END)),
    fieldsStart,
    minorVersion,
    contentLength: facts.contentLength,
    chunked,
    close: facts.namesClose || (minorVersion === 0 && !facts.namesKeepAlive),
    upgrade: facts.upgrade,
    nominated: facts.nominated,
    acceptsTrailers: facts.acceptsTrailers,
    authenticatesConnection: facts.authenticatesConnection,
  }
}

function parseVersion(text: string): 0 | 1 {
  if (text.startsWith('HTTP/1.1 ')) return 1
  if (text.startsWith('HTTP/1.0 ')) return 0
  throw new CerthopError('bad_response', 'The response does not start with HTTP/1.1 or HTTP/1.0')
}

/** Three digits, then SP and a reason, which may be empty; servers that leave out the SP as well are understood. Returns the offset past the line. */
function parseStatusLine(text: string): number {
  if (!/^[1-9]\d\d$/.test(text.slice(STATUS_START, STATUS_END))) {
    throw new CerthopError('bad_response', 'The status code of the response is not three digits')
  }
  let position = STATUS_END
  if (text.charCodeAt(position) !== CR && text.charCodeAt(position) !== SP) {
    throw new CerthopError('bad_response', 'The status code of the response is not three digits')
  }
  while (isFieldValueCharacter(text.charCodeAt(position))) position += 1
  if (text.charCodeAt(position) !== CR || text.charCodeAt(position + 1) !== LF) {
    throw new CerthopError(
      'bad_response',
      'The status line holds a control character or does not end with CRLF',
    )
  }
  return position + 2
}

function checkTransferEncoding(facts: FieldFacts, minorVersion: 0 | 1): void {
  if (minorVersion === 0)
    throw new CerthopError('bad_response', 'The response is HTTP/1.0 and has Transfer-Encoding')
  if (facts.contentLength !== -1) {
    throw new CerthopError('bad_response', 'The response has both Content-Length and Transfer-Encoding')
  }
  if (facts.transferEncoding !== 'chunked') {
    throw new CerthopError('bad_response', 'Transfer-Encoding of the response is not exactly `chunked`')
  }
}
