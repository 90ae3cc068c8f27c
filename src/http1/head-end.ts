import { CerthopError, type ErrorCode } from '../core/errors.ts'
import { CR, isTokenCharacter, LF } from './characters.ts'
import { hexadecimal } from './fields.ts'
import { parseRequestLine } from './request-head.ts'

const EMPTY_LINE = '\r\n\r\n'

/**
 * The offset just past the empty line that ends the head starting at `start`, or -1 while it has not come.
 * Throws `header_too_large` past `maxBytes`, and `bad_request` as soon as what came can no longer become a head, so
 * that a runner with a broken client gets its answer at once and not at the header timeout.
 */
export function findRequestHeadEnd(bytes: Buffer, start: number, maxBytes: number): number {
  const end = findHeadEnd(bytes, start)
  if (end !== -1 && end - start <= maxBytes) return end
  refuseHopelessRequest(decisiveOctets(bytes, start, maxBytes))
  if (end === -1 && bytes.length - start <= maxBytes) return -1
  throw new CerthopError('header_too_large', `The request head is longer than ${maxBytes} bytes`, {
    hint: 'Send a shorter URL, fewer cookies, or raise limits.headerBytes.',
  })
}

/** As `findRequestHeadEnd`, for responses: everything that is wrong is `bad_response`. */
export function findResponseHeadEnd(bytes: Buffer, start: number, maxBytes: number): number {
  const end = findHeadEnd(bytes, start)
  if (end !== -1 && end - start <= maxBytes) return end
  refuseBareLineFeed(decisiveOctets(bytes, start, maxBytes), 'bad_response')
  const expected = 'HTTP/1.'
  const came = bytes.toString('latin1', start, start + expected.length)
  if (!expected.startsWith(came)) {
    throw new CerthopError('bad_response', 'The response does not start with HTTP/1.1 or HTTP/1.0')
  }
  if (end === -1 && bytes.length - start <= maxBytes) return -1
  throw new CerthopError('bad_response', `The response head is longer than ${maxBytes} bytes`)
}

/** Up to the octet that makes a head too long: what lies behind must not matter, since it may or may not have come yet. */
function decisiveOctets(bytes: Buffer, start: number, maxBytes: number): Buffer {
  return bytes.subarray(start, start + maxBytes + 1)
}

function findHeadEnd(bytes: Buffer, start: number): number {
  const emptyLine = bytes.indexOf(EMPTY_LINE, start, 'latin1')
  return emptyLine === -1 ? -1 : emptyLine + EMPTY_LINE.length
}

/** Empty lines before a request line are skipped (RFC 9112 section 2.2). Returns the offset of the first other octet. */
export function skipEmptyLines(bytes: Buffer, start: number): number {
  let position = start
  while (bytes[position] === CR && bytes[position + 1] === LF) position += 2
  return position
}

function refuseHopelessRequest(bytes: Buffer): void {
  const first = bytes[0]
  if (first === TLS_HANDSHAKE) {
    throw new CerthopError(
      'bad_request',
      'The connection starts with a TLS handshake, and this port speaks plain HTTP',
      {
        hint: 'Write the proxy as http://…, also in HTTPS_PROXY: the variable names the requests it is for, not how the proxy is spoken to.',
      },
    )
  }
  const incompleteEmptyLine = first === CR && bytes.length === 1
  if (first !== undefined && !isTokenCharacter(first) && !incompleteEmptyLine) {
    throw new CerthopError('bad_request', `The request starts with the octet ${hexadecimal(first)}`)
  }
  refuseBareLineFeed(bytes, 'bad_request')
  const lineFeed = bytes.indexOf(LF)
  if (lineFeed !== -1) parseRequestLine(bytes.toString('latin1', 0, lineFeed + 1))
}

const TLS_HANDSHAKE = 0x16

function refuseBareLineFeed(bytes: Buffer, code: ErrorCode): void {
  for (let position = bytes.indexOf(LF); position !== -1; position = bytes.indexOf(LF, position + 1)) {
    if (bytes[position - 1] !== CR) throw new CerthopError(code, 'A line ends with a bare LF')
  }
}
