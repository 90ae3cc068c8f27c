import { normalizeHost } from '../core/host.ts'

/** Where the egress proxy is, and what it is to be shown. */
export interface EgressUrl {
  /** Normalised. */
  readonly host: string
  readonly port: number
  /** The value of Proxy-Authorization; null for none. */
  readonly authorization: string | null
}

/** What is wrong with it, in words that hold nothing of it: it may contain a password. */
export interface EgressUrlFault {
  readonly message: string
  readonly hint: string
}

/** Reads `http://user:password@host:port`; user and password are percent-encoded UTF-8. */
export function parseEgressUrl(text: string): EgressUrl | EgressUrlFault {
  if (/^(?:https|socks\w*):/i.test(text)) return NOT_HTTP
  const url = /^http:\/\//i.test(text) ? URL.parse(text) : null
  const host = url === null ? null : normalizeHost(url.hostname)
  if (url === null || host === null || url.port === '0') return NO_URL
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return NOT_ENDED
  const port = url.port === '' ? 80 : Number(url.port)
  if (url.username === '' && url.password === '') return { host, port, authorization: null }
  const [user, password] = [decode(url.username), decode(url.password)]
  if (user === null || password === null) return NO_ENCODING
  return user.includes(':') ? COLON_IN_USER : { host, port, authorization: basic(user, password) }
}

/** RFC 7617, in the one charset that can be announced for it. */
function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

const ENCODE = 'in user and password write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %'

const NOT_HTTP: EgressUrlFault = {
  message: 'must begin with http://',
  hint: 'the proxy is spoken to in clear HTTP, whatever goes through it; TLS to the servers is inside',
}
const NO_URL: EgressUrlFault = {
  message: 'must be a URL like http://user:password@proxy.example:3128',
  hint: ENCODE,
}
const NOT_ENDED: EgressUrlFault = { message: 'must end after the port', hint: ENCODE }
const NO_ENCODING: EgressUrlFault = {
  message: 'holds a % that does not stand for an octet of UTF-8',
  hint: ENCODE,
}
/** RFC 7617 section 2: the first colon ends the user. */
const COLON_IN_USER: EgressUrlFault = {
  message: 'has a user with a colon, which Basic authentication cannot send',
  hint: 'check where the user ends and the password begins',
}
