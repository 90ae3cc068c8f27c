import { FIELD, type Fields, fieldName, LINE_WIDTH, lineEnd } from './fields.ts'
import type { Head } from './head.ts'
import type { RequestHead } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'

/** What a request is changed to on its way to the server. */
export interface RequestRewrite {
  /** The request target to send: origin-form or `*`; absolute-form to a proxy. */
  readonly target: string
  /** The value of Host; null leaves the runner's. */
  readonly host: string | null
  /** Pass Upgrade on and name it in our own Connection field. */
  readonly upgrade: boolean
  /** Ask the server to close after this exchange. */
  readonly close: boolean
  /** A Via member to add; null adds none. */
  readonly via: string | null
  /** The value of Proxy-Authorization for the proxy that this goes to; null for none. */
  readonly proxyAuthorization: string | null
}

/**
 * The head to send to the server, its empty line included. Every line is the bytes that came, but for the request
 * line, Host, odd spellings of framing values, and the hop-by-hop fields (RFC 9110 section 7.6.1), which are dropped
 * before ours are added.
 */
export function writeRequestHead(head: RequestHead, rewrite: RequestRewrite): string {
  let text = `${head.method} ${rewrite.target} HTTP/1.1\r\n`
  if (rewrite.host !== null && !hasHost(head)) text += `Host: ${rewrite.host}\r\n`
  text += keptLines(head, rewrite.host, rewrite.upgrade, false)
  if (head.acceptsTrailers) text += 'TE: trailers\r\n'
  if (rewrite.via !== null) text += `Via: ${rewrite.via}\r\n`
  if (rewrite.proxyAuthorization !== null) text += `Proxy-Authorization: ${rewrite.proxyAuthorization}\r\n`
  const options = connectionOptions(rewrite.close, rewrite.upgrade, head.acceptsTrailers)
  return options === '' ? `${text}\r\n` : `${text}Connection: ${options}\r\n\r\n`
}

/** What a response is changed to on its way to the runner. */
export interface ResponseRewrite {
  /** What our own Connection field says; null for none. */
  readonly connection: 'close' | 'keep-alive' | null
  /** The body is sent decoded, to a runner that speaks HTTP/1.0: framing fields go. */
  readonly decoded: boolean
  readonly via: string | null
}

/** The head to send to the runner, its empty line included; as `writeRequestHead`. A 101 keeps its Upgrade. */
export function writeResponseHead(head: ResponseHead, rewrite: ResponseRewrite): string {
  const upgrade = head.status === 101
  let text = head.text.slice(0, head.fieldsStart)
  if (head.minorVersion === 0) text = `HTTP/1.1${text.slice('HTTP/1.1'.length)}`
  text += keptLines(head, null, upgrade, rewrite.decoded)
  if (rewrite.via !== null) text += `Via: ${rewrite.via}\r\n`
  const options = upgrade ? 'Upgrade' : rewrite.connection
  return options === null ? `${text}\r\n` : `${text}Connection: ${options}\r\n\r\n`
}

function connectionOptions(close: boolean, upgrade: boolean, trailers: boolean): string {
  const options: string[] = []
  if (close) options.push('close')
  if (upgrade) options.push('Upgrade')
  if (trailers) options.push('TE')
  return options.join(', ')
}

/** The field lines that stay, copied in runs as long as possible: one slice for a head from which nothing goes. */
function keptLines(head: Head, host: string | null, upgrade: boolean, decoded: boolean): string {
  const { text, lines } = head
  let kept = ''
  let runStart = lines[0] ?? text.length
  for (let index = 0; index < lines.length; index += LINE_WIDTH) {
    const start = lines[index] ?? 0
    const kind = lines[index + 2]
    if (isDropped(head, index, kind, upgrade, decoded)) {
      kept += text.slice(runStart, start)
      runStart = lineEnd(head, index)
      continue
    }
    const value = ownValue(head, kind, host)
    if (value === null) continue
    const afterColon = (lines[index + 1] ?? 0) + 1
    if (text.startsWith(` ${value}\r\n`, afterColon)) continue
    kept += `${text.slice(runStart, afterColon)} ${value}\r\n`
    runStart = lineEnd(head, index)
  }
  return kept + text.slice(runStart)
}

/**
 * The value that a line must have whatever came, or null. Framing is said in one way, because recipients differ in
 * what they make of capitals, tabs and leading zeros: Node does not see `chunked` in front of a tab.
 */
function ownValue(head: Head, kind: number | undefined, host: string | null): string | null {
  switch (kind) {
    case FIELD.host:
      return host
    case FIELD.transferEncoding:
      return 'chunked'
    case FIELD.contentLength:
      return String(head.contentLength)
    default:
      return null
  }
}

function isDropped(
  head: Head,
  index: number,
  kind: number | undefined,
  upgrade: boolean,
  decoded: boolean,
): boolean {
  switch (kind) {
    case FIELD.connection:
    case FIELD.keepAlive:
    case FIELD.proxyConnection:
    case FIELD.te:
    case FIELD.proxyAuthenticate:
    case FIELD.proxyAuthorization:
      return true
    case FIELD.upgrade:
      return !upgrade
    case FIELD.transferEncoding:
    case FIELD.trailer:
      return decoded
    default:
      return head.nominated !== null && isNominated(head, head.nominated, index)
  }
}

function isNominated(fields: Fields, nominated: readonly string[], index: number): boolean {
  return nominated.includes(fieldName(fields, index))
}

export function hasHost(fields: Fields): boolean {
  for (let index = 2; index < fields.lines.length; index += LINE_WIDTH) {
    if (fields.lines[index] === FIELD.host) return true
  }
  return false
}
