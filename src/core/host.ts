import { isIP, isIPv4 } from 'node:net'
import { domainToASCII } from 'node:url'

/**
 * The form in which hosts are compared: lower case, an IDN as punycode, without one trailing dot, IPv6 without
 * brackets and shortened, IPv4 as four decimal numbers. Returns null for what cannot be a host name or an address.
 */
export function normalizeHost(host: string): string | null {
  if (PLAIN_HOST.test(host)) return host
  if (host.startsWith('[')) return host.endsWith(']') ? normalizeIpv6(host.slice(1, -1)) : null
  if (isIP(host) === 6) return normalizeIpv6(host)
  if (FORBIDDEN.test(host)) return null
  const ascii = /^[\x21-\x7e]+$/.test(host) ? host.toLowerCase() : domainToASCII(host)
  // After the conversion, because Unicode has other full stops, which become dots in it.
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii
  if (name.split('.').includes('')) return null
  return ENDS_IN_NUMBER.test(name) ? normalizeIpv4(name) : name
}

/**
 * What needs no work: already lower case, with no trailing dot, and no number as its last label. Decides nearly all
 * requests at the cost of one test.
 */
const PLAIN_HOST = /^(?:[a-z0-9_-]+\.)*(?!(?:\d+|0x[0-9a-f]+)$)[a-z0-9_-]+$/

const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[0-9a-f]+)$/

/** Delimiters of a URI (RFC 3986 section 2.2), white space and control characters. */
const FORBIDDEN = /[\x00-\x20\x7f"#%/:<>?@[\\\]^`{|}]/

/** `127.1`, `0x7f000001` and `0177.0.0.1` are dialled as 127.0.0.1, and so they are compared as it. */
function normalizeIpv4(name: string): string {
  if (isIPv4(name)) return name
  return URL.parse(`http://${name}/`)?.hostname ?? name
}

function normalizeIpv6(address: string): string | null {
  if (isIP(address) !== 6 || address.includes('%')) return null
  return new URL(`http://[${address}]/`).hostname.slice(1, -1)
}

export interface Authority {
  /** As `normalizeHost` returns it. */
  readonly host: string
  /** 1 to 65535, or null when the text named none. */
  readonly port: number | null
}

/** Splits `host`, `host:port` or `[v6]:port` (RFC 3986 section 3.2, without user information); null when it is none of them. */
export function parseAuthority(text: string): Authority | null {
  const match = AUTHORITY.exec(text)
  if (match === null) return null
  const host = normalizeHost(match[1] ?? '')
  const digits = match[2] ?? ''
  if (host === null) return null
  if (digits === '') return { host, port: null }
  const port = Number(digits)
  return port >= 1 && port <= 65535 ? { host, port } : null
}

const AUTHORITY = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{0,5}))?$/

/** `host:port` as it stands in a URI: IPv6 in brackets, the port left out when it is null. */
export function formatAuthority(host: string, port: number | null): string {
  const bracketed = host.includes(':') ? `[${host}]` : host
  return port === null ? bracketed : `${bracketed}:${port}`
}
