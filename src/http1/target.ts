import { CerthopError } from '../core/errors.ts'
import { type Authority, formatAuthority, parseAuthority } from '../core/host.ts'

/** Where a request goes. `host` is normalised, `port` the written one or the scheme's. */
export interface Target {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Path and query: the target to send to the server (origin-form, or `*`). */
  readonly path: string
  /** The value for Host: the authority as it was written, without the scheme's default port (RFC 9110 section 7.2); null leaves the runner's. */
  readonly hostField: string | null
}

/** The authority of a URL: without the port where it is the scheme's. */
export function authorityOf({ scheme, host, port }: Pick<Target, 'scheme' | 'host' | 'port'>): string {
  return formatAuthority(host, port === DEFAULT_PORTS[scheme] ? null : port)
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const

const ABSOLUTE_FORM = /^(https?|wss?):\/\/([^/?#]*)([^#]*)$/i

/** Parses absolute-form (RFC 9112 section 3.2.2). Throws `bad_request`, or `not_a_proxy_request` for origin-form. */
export function parseAbsoluteTarget(target: string, method: string): Target {
  const match = ABSOLUTE_FORM.exec(target)
  if (match === null) throw notAbsolute(target)
  const scheme = schemeOf(match[1] ?? '')
  const written = readName(match[2] ?? '')
  if (written.includes('@')) {
    throw new CerthopError('bad_request', 'The request target holds a user name', {
      hint: 'Send credentials in the Authorization field (RFC 9110 section 4.2.4).',
    })
  }
  const authority = parseAuthority(written)
  if (authority === null)
    throw new CerthopError('bad_request', 'The host or port in the request target is not valid')
  const port = authority.port ?? DEFAULT_PORTS[scheme]
  const path = originForm(match[3] ?? '', method)
  return { scheme, host: authority.host, port, path, hostField: hostFieldOf(written, authority, scheme) }
}

function hostFieldOf(written: string, { host, port }: Authority, scheme: 'http' | 'https'): string {
  const isDefault = port === null || port === DEFAULT_PORTS[scheme]
  if (NOT_ASCII.test(written)) return formatAuthority(host, isDefault ? null : port)
  return isDefault ? written.replace(/:\d*$/, '') : written
}

const NOT_ASCII = /[\x80-\uffff]/

/** Runners without IDN support send a name as raw UTF-8, which no URI may hold; heads are read as latin1. */
function readName(authority: string): string {
  return NOT_ASCII.test(authority) ? Buffer.from(authority, 'latin1').toString('utf8') : authority
}

/** A WebSocket URL is sent as the http or https one it is handshaken with (RFC 6455 section 3). */
function schemeOf(written: string): 'http' | 'https' {
  const scheme = written.toLowerCase()
  return scheme === 'https' || scheme === 'wss' ? 'https' : 'http'
}

function originForm(rest: string, method: string): string {
  if (rest.startsWith('/')) return rest
  if (rest === '') return method === 'OPTIONS' ? '*' : '/'
  return `/${rest}`
}

function notAbsolute(target: string): CerthopError {
  if (target.startsWith('/') || target === '*') {
    return new CerthopError('not_a_proxy_request', 'The request names only a path, as one to a server does', {
      hint: 'Set this address as the proxy (HTTP_PROXY, HTTPS_PROXY) and request the URL of the API itself.',
    })
  }
  return new CerthopError('bad_request', 'The request target is not an http or https URL')
}

/**
 * The absolute-form of a request in clear, for a proxy on its way (RFC 9112 section 3.2.2). Its authority is the normalised
 * one, which is what was checked, and no path can become part of it.
 */
export function formatAbsoluteTarget(target: Target): string {
  const { path } = target
  const origin = `http://${authorityOf(target)}`
  if (path === '*') return origin
  return path.startsWith('/') ? origin + path : `${origin}/${path}`
}

/** Parses authority-form, `host:port` of CONNECT (RFC 9112 section 3.2.3). Throws `bad_request`. */
export function parseConnectTarget(target: string): { host: string; port: number } {
  const authority = parseAuthority(readName(target))
  if (authority === null || authority.port === null) {
    throw new CerthopError('bad_request', 'The target of CONNECT is not host:port')
  }
  return { host: authority.host, port: authority.port }
}
