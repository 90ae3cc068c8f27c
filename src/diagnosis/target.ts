import { isIP } from 'node:net'
import { parseAuthority } from '../core/host.ts'
import { parseAbsoluteTarget, type Target } from '../http1/target.ts'

/** What is wrong with a text that `parseTarget` refuses, behind it. */
export const NO_TARGET = 'is not a host, host:port or URL'

/** Null when the text is neither a host, host:port nor URL. Port 80 alone means http, as a runner would have it. */
export function parseTarget(text: string): Target | null {
  const authority = isIP(text) === 6 ? `[${text}]` : text
  const scheme = parseAuthority(authority)?.port === 80 ? 'http' : 'https'
  try {
    return parseAbsoluteTarget(text.includes('://') ? text : `${scheme}://${authority}`, 'GET')
  } catch {
    return null
  }
}
