import { CerthopError, type ErrorCode } from '../core/errors.ts'
import { COLON, CR, HTAB, isFieldValueCharacter, isTokenCharacter, LF, SP } from './characters.ts'

/**
 * The fields that a proxy must understand. All others are `other`: checked, and passed on as the bytes they came in.
 */
export const FIELD = {
  other: 0,
  host: 1,
  connection: 2,
  keepAlive: 3,
  proxyConnection: 4,
  contentLength: 5,
  transferEncoding: 6,
  te: 7,
  upgrade: 8,
  proxyAuthenticate: 9,
  proxyAuthorization: 10,
  authorization: 11,
  wwwAuthenticate: 12,
  trailer: 13,
} as const

export type FieldKind = (typeof FIELD)[keyof typeof FIELD]

/** Known names by their length: nearly every line is ruled out by the first look. */
const NAMES_BY_LENGTH: readonly (readonly (readonly [name: string, kind: FieldKind])[])[] = (() => {
  const table: [string, FieldKind][][] = Array.from({ length: 20 }, () => [])
  const names: [string, FieldKind][] = [
    ['te', FIELD.te],
    ['host', FIELD.host],
    ['trailer', FIELD.trailer],
    ['upgrade', FIELD.upgrade],
    ['connection', FIELD.connection],
    ['keep-alive', FIELD.keepAlive],
    ['authorization', FIELD.authorization],
    ['content-length', FIELD.contentLength],
    ['www-authenticate', FIELD.wwwAuthenticate],
    ['proxy-connection', FIELD.proxyConnection],
    ['transfer-encoding', FIELD.transferEncoding],
    ['proxy-authenticate', FIELD.proxyAuthenticate],
    ['proxy-authorization', FIELD.proxyAuthorization],
  ]
  for (const [name, kind] of names) table[name.length]?.push([name, kind])
  return table
})()

const ASCII_LOWER_CASE = 0x20

/**
 * The field lines of one head. `text` is the head as latin1, from its first octet to the CRLF of its last line, so a
 * slice of it is the very bytes that came. `lines` holds three numbers a line: where it starts, where its name ends
 * (the colon), and its kind. A line ends, CRLF included, where the next one starts.
 */
export interface Fields {
  readonly text: string
  readonly lines: readonly number[]
}

export const LINE_WIDTH = 3

/**
 * Reads field lines strictly (RFC 9112 section 5): no white space before the colon, no line folding, no bare CR or
 * LF, no control characters. Throws `code`, or `header_too_large` past `maxFields` lines.
 */
export function scanFields(text: string, from: number, maxFields: number, code: ErrorCode): Fields {
  const lines: number[] = []
  const end = text.length
  let position = from
  while (position < end) {
    const start = position
    while (isTokenCharacter(text.charCodeAt(position))) position += 1
    if (position === start || text.charCodeAt(position) !== COLON) throw badName(text, start, position, code)
    const colon = position
    position += 1
    while (isFieldValueCharacter(text.charCodeAt(position))) position += 1
    if (text.charCodeAt(position) !== CR || text.charCodeAt(position + 1) !== LF)
      throw badValue(text, position, code)
    position += 2
    lines.push(start, colon, kindOf(text, start, colon))
  }
  // Last, so that a head with two faults has the same one whether it came at once or in pieces.
  if (lines.length > maxFields * LINE_WIDTH) {
    throw tooLarge(code, `There are more than ${maxFields} fields`, {
      hint: 'Send fewer fields, or raise limits.headerFields.',
    })
  }
  return { text, lines }
}

function kindOf(text: string, start: number, colon: number): FieldKind {
  const candidates = NAMES_BY_LENGTH[colon - start]
  if (candidates === undefined) return FIELD.other
  for (let index = 0; index < candidates.length; index += 1) {
    const candidate = candidates[index]
    if (candidate !== undefined && sameName(text, start, candidate[0])) return candidate[1]
  }
  return FIELD.other
}

/** `name` is lower case; both have the same length and hold only token characters, of which setting bit 5 folds letters. */
function sameName(text: string, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if ((text.charCodeAt(start + index) | ASCII_LOWER_CASE) !== name.charCodeAt(index)) return false
  }
  return true
}

/** The value of the line at `index` of `lines`, without the white space around it. */
export function fieldValue(fields: Fields, index: number): string {
  const { text, lines } = fields
  let start = (lines[index + 1] ?? 0) + 1
  let end = lineEnd(fields, index) - 2
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

/** The lower-cased name of the line at `index` of `lines`. */
export function fieldName(fields: Fields, index: number): string {
  return fields.text.slice(fields.lines[index], fields.lines[index + 1]).toLowerCase()
}

/** The offset just past the CRLF of the line at `index` of `lines`. */
export function lineEnd(fields: Fields, index: number): number {
  return fields.lines[index + LINE_WIDTH] ?? fields.text.length
}

/** The members of a comma-separated list, lower-cased, empty ones included (RFC 9110 section 5.6.1). */
export function listMembers(value: string): string[] {
  const list = value.toLowerCase()
  return list.includes(',') ? list.split(/[ \t]*,[ \t]*/) : [list]
}

/** True when one of the comma-separated members of `value` is `token` (lower case), whatever its case. */
export function hasToken(value: string, token: string): boolean {
  return listMembers(value).includes(token)
}

function isBlank(octet: number): boolean {
  return octet === SP || octet === HTAB
}

function badName(text: string, start: number, position: number, code: ErrorCode): CerthopError {
  const octet = text.charCodeAt(position)
  if (position === start && isBlank(octet))
    return new CerthopError(code, 'A field line is folded onto the next line (obs-fold)')
  if (position === start && octet === COLON) return new CerthopError(code, 'A field line has no name')
  if (isBlank(octet)) return new CerthopError(code, 'White space stands between a field name and its colon')
  if (octet === CR || octet === LF) return new CerthopError(code, 'A field line has no colon')
  return new CerthopError(code, `A field name holds the octet ${hexadecimal(octet)}`)
}

function badValue(text: string, position: number, code: ErrorCode): CerthopError {
  const octet = text.charCodeAt(position)
  if (octet === LF) return new CerthopError(code, 'A line ends with a bare LF')
  if (octet === CR) return new CerthopError(code, 'A CR is not followed by LF')
  return new CerthopError(code, `A field value holds the control character ${hexadecimal(octet)}`)
}

/** A request is told with a code of its own that it is too large; a response is just a bad one. */
export function tooLarge(code: ErrorCode, message: string, details: { hint: string }): CerthopError {
  return code === 'bad_request'
    ? new CerthopError('header_too_large', message, details)
    : new CerthopError(code, message)
}

export function hexadecimal(octet: number): string {
  return `0x${octet.toString(16).padStart(2, '0')}`
}
