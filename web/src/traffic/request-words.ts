import type { ShownRecord } from '../../../src/admin/schemas.ts'
import { ERRORS, type ErrorCode } from '../../../src/core/errors.ts'
import { ADVICE } from '../parts/advice.ts'

type Way = NonNullable<ShownRecord['way']>

/** How a request came in, in a few words. */
export const WAYS: Readonly<Record<Way, string>> = {
  'absolute-http': 'http:// to the proxy',
  'absolute-https': 'https:// to the proxy',
  'connect-h1': 'in a tunnel that is opened',
  'connect-h2': 'an HTTP/2 connection, in a tunnel that is opened',
  tunnel: 'a tunnel that is not opened',
  websocket: 'WebSocket, or another upgrade',
}

/** By which rule the entry won. */
export const RULES: Readonly<Record<NonNullable<ShownRecord['rule']>, string>> = {
  full: 'by its full host name',
  wildcard: 'by a wildcard',
  none: 'no entry matches',
}

/** What failed, and what to do about it. */
export interface Failure {
  readonly title: string
  readonly advice: string
}

/** `code` is of the error table, or `client_closed`. */
export function failureOf(code: string): Failure {
  if (isErrorCode(code)) return { title: ERRORS[code].title, advice: ADVICE[code] }
  return code === 'client_closed' ? CLIENT_CLOSED : { title: code, advice: '' }
}

const CLIENT_CLOSED: Failure = {
  title: 'The runner went away before the response was complete',
  advice: 'Look at the timeout of the runner, and at what took so long here.',
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code)
}

/** What was requested, as a URL; where nobody looked into a tunnel, its host and port. */
export function urlOf({ way, host, port, path }: ShownRecord): string {
  if (host === null) return 'unknown'
  const name = host.includes(':') ? `[${host}]` : host
  if (way === 'tunnel' || way === 'connect-h2' || path === null)
    return port === null ? name : `${name}:${port}`
  return `${schemeOf(way, port)}://${name}${isUsual(way, port) ? '' : `:${port}`}${path}`
}

/** For the view that explains which certificate wins. */
export function explainableTarget({ way, host, port }: ShownRecord): string {
  const name = host?.includes(':') ? `[${host}]` : (host ?? '')
  return `${schemeOf(way, port)}://${name}${isUsual(way, port) ? '' : `:${port}`}/`
}

function schemeOf(way: ShownRecord['way'], port: number | null): 'http' | 'https' {
  return way === 'absolute-http' || (way !== 'absolute-https' && port === 80) ? 'http' : 'https'
}

function isUsual(way: ShownRecord['way'], port: number | null): boolean {
  return port === null || port === (schemeOf(way, port) === 'http' ? 80 : 443)
}
