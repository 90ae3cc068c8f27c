import { now } from '../parts/clock.ts'
import { expiryOf } from './expiry.ts'

interface Properties {
  /** ISO 8601, or null when the certificate can't be read. */
  readonly notBefore: string | null
  readonly notAfter: string | null
}

export function ExpiryBadge({ notBefore, notAfter }: Properties) {
  if (notBefore === null || notAfter === null) return <span class="badge">Unknown</span>
  const { tone, words } = expiryOf(notBefore, notAfter, now.value)
  return (
    <span class={`badge ${tone}`}>
      <time dateTime={notAfter} title={new Date(notAfter).toLocaleString()}>
        {words}
      </time>
    </span>
  )
}
