const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

const URGENT = 7 * DAY
const SOON = 30 * DAY

/** How long a certificate is still valid, in words, and how much that should worry. */
export interface Expiry {
  readonly tone: 'good' | 'warn' | 'bad' | 'accent'
  readonly words: string
}

/** Times are ISO 8601; `now` is in milliseconds since 1970. */
export function expiryOf(notBefore: string, notAfter: string, now: number): Expiry {
  const begins = Date.parse(notBefore) - now
  const left = Date.parse(notAfter) - now
  if (left < 0) return { tone: 'bad', words: `Expired ${lengthOf(-left)} ago` }
  if (begins > 0) return { tone: 'accent', words: `Valid in ${lengthOf(begins)}` }
  const words = `In ${lengthOf(left)}`
  if (left < URGENT) return { tone: 'bad', words }
  return { tone: left < SOON ? 'warn' : 'good', words }
}

function lengthOf(duration: number): string {
  if (duration >= 2 * YEAR) return count(duration / YEAR, 'year')
  if (duration >= DAY) return count(duration / DAY, 'day')
  if (duration >= HOUR) return count(duration / HOUR, 'hour')
  return count(duration / MINUTE, 'minute')
}

function count(amount: number, unit: string): string {
  const whole = Math.floor(amount)
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`
}
