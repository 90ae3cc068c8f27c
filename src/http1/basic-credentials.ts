/** What a runner says of itself in Proxy-Authorization. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i

/** What stands for octets that are no UTF-8. */
const REPLACEMENT = '\ufffd'

/** What neither part may hold. */
const CONTROL = /\p{Cc}/u

/**
 * Reads the credentials of the Basic scheme (RFC 7617 section 2), which names no charset: clients send UTF-8, or latin1 as
 * Python's requests does. Null for another scheme, for what is not base64 to the letter, and for what holds no colon or a
 * control character.
 */
export function parseBasicCredentials(value: string): Credentials | null {
  const encoded = BASIC.exec(value)?.[1]
  if (encoded === undefined) return null
  const octets = Buffer.from(encoded, 'base64')
  // Buffer reads what it can of broken base64.
  if (octets.toString('base64') !== encoded) return null
  const utf8 = octets.toString()
  const text = utf8.includes(REPLACEMENT) ? octets.toString('latin1') : utf8
  const colon = text.indexOf(':')
  if (colon === -1 || CONTROL.test(text)) return null
  return { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
