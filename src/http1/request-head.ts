import { CerthopError } from '../core/errors.ts'
import { CR, isTargetCharacter, isTokenCharacter, LF, SP } from './characters.ts'
import { hexadecimal, listMembers, scanFields } from './fields.ts'
import { FieldFacts, type Head } from './head.ts'

export interface RequestHead extends Head {
  readonly method: string
  /** As it came, in any of the four forms of RFC 9112 section 3.2. */
  readonly target: string
  /** The value of Proxy-Authorization, several of them joined by commas; null without one. It must never be shown. */
  readonly proxyAuthorization: string | null
}

const VERSION_LENGTH = 'HTTP/1.1'.length

/**
 * Parses a request head (RFC 9112 sections 3 and 5). `text` is latin1, up to and with the CRLF of the last field
 * line, without the empty line. Throws `bad_request`, `header_too_large` or `not_implemented`.
 */
export function parseRequestHead(text: string, maxFields: number): RequestHead {
  const { method, target, minorVersion, end } = parseRequestLine(text)
  const { lines } = scanFields(text, end, maxFields, 'bad_request')
  const facts = new FieldFacts({ text, lines }, 'bad_request')
  if (minorVersion === 1 && facts.hosts === 0)
    throw new CerthopError('bad_request', 'The request has no Host field')
  if (facts.hosts > 1) throw new CerthopError('bad_request', 'There is more than one Host field')
  const chunked = facts.transferEncoding !== null
  if (chunked) checkTransferEncoding(facts, minorVersion)
  return {
    text,
    lines,
    method,
    target,
    minorVersion,
    contentLength: facts.contentLength,
    chunked,
    close: facts.namesClose || (minorVersion === 0 && !facts.namesKeepAlive),
    upgrade: minorVersion === 1 ? facts.upgrade : null,
    nominated: facts.nominated,
    acceptsTrailers: facts.acceptsTrailers,
    authenticatesConnection: facts.authenticatesConnection,
    proxyAuthorization: facts.proxyAuthorization,
  }
}

interface RequestLine {
  readonly method: string
  readonly target: string
  readonly minorVersion: 0 | 1
  /** Just past the CRLF. */
  readonly end: number
}

/** Parses the first line of `text`, which holds at least one LF. Exactly one SP between its three parts. Throws `bad_request`. */
export function parseRequestLine(text: string): RequestLine {
  let position = 0
  while (isTokenCharacter(text.charCodeAt(position))) position += 1
  if (position === 0 || text.charCodeAt(position) !== SP) throw badRequestLine(text, position, 'method')
  const method = text.slice(0, position)
  const targetStart = position + 1
  position = targetStart
  while (isTargetCharacter(text.charCodeAt(position))) position += 1
  if (position === targetStart || text.charCodeAt(position) !== SP)
    throw badRequestLine(text, position, 'target')
  const target = text.slice(targetStart, position)
  const end = position + 1 + VERSION_LENGTH + 2
  const minorVersion = parseVersion(text, position + 1)
  if (text.charCodeAt(end - 2) !== CR || text.charCodeAt(end - 1) !== LF)
    throw badRequestLine(text, end - 2, 'version')
  return { method, target, minorVersion, end }
}

function parseVersion(text: string, start: number): 0 | 1 {
  if (text.startsWith('HTTP/1.1', start)) return 1
  if (text.startsWith('HTTP/1.0', start)) return 0
  throw new CerthopError('bad_request', 'The request line does not end with HTTP/1.1 or HTTP/1.0', {
    hint: 'A proxy on a plain port is spoken to in HTTP/1.x; HTTP/2 works inside CONNECT.',
  })
}

function badRequestLine(text: string, position: number, part: string): CerthopError {
  const octet = text.charCodeAt(position)
  const message =
    octet === SP
      ? `The ${part} in the request line is empty, or followed by more than one space`
      : octet === CR || octet === LF
        ? 'The request line does not have a method, a target and a version'
        : `The ${part} in the request line holds the octet ${hexadecimal(octet)}`
  return new CerthopError('bad_request', message)
}

/** RFC 9112 sections 6.1 and 6.3: what could make two recipients disagree on where the message ends is refused. */
function checkTransferEncoding(facts: FieldFacts, minorVersion: 0 | 1): void {
  if (minorVersion === 0) throw new CerthopError('bad_request', 'HTTP/1.0 has no Transfer-Encoding')
  if (facts.contentLength !== -1) {
    throw new CerthopError('bad_request', 'The request has both Content-Length and Transfer-Encoding')
  }
  if (facts.transferEncoding === 'chunked') return
  const codings = listMembers(facts.transferEncoding ?? '')
  if (codings.pop() !== 'chunked') {
    throw new CerthopError(
      'bad_request',
      'Transfer-Encoding does not end with `chunked`, so the body has no end',
    )
  }
  if (codings.includes('chunked'))
    throw new CerthopError('bad_request', 'Transfer-Encoding names `chunked` twice')
  throw new CerthopError('not_implemented', 'The only transfer coding that is supported is `chunked`')
}
