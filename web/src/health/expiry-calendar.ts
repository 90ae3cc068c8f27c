const DAY = 86_400_000

/** How many days ahead an end is urgent; as long before it the log begins to warn. */
const URGENT_DAYS = 30

export interface Expiring {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly notAfter: number
}

export interface Expiry extends Expiring {
  /** Whole days that are left; negative once it is over. */
  readonly daysLeft: number
}

export interface ExpiryMonth {
  readonly year: number
  /** From 0, as `Date` has it. */
  readonly month: number
  /** The soonest first. */
  readonly expiries: readonly Expiry[]
}

export interface ExpiryCalendar {
  /** Over already, or within `URGENT_DAYS`; the longest ago first. */
  readonly urgent: readonly Expiry[]
  /** `months` of them from the current one on, empty ones included. What is over is in none. */
  readonly months: readonly ExpiryMonth[]
  /** Beyond the last of the months. */
  readonly later: readonly Expiry[]
}

/** Which certificates end when, in the time zone of the reader. */
export function expiryCalendar(certificates: readonly Expiring[], now: Date, months = 12): ExpiryCalendar {
  const expiries = certificates
    .map(({ id, notAfter }) => ({ id, notAfter, daysLeft: Math.floor((notAfter - now.getTime()) / DAY) }))
    .sort((a, b) => a.notAfter - b.notAfter || a.id.localeCompare(b.id))
  const ahead = expiries.filter(({ notAfter }) => notAfter >= now.getTime())
  const byMonth = Map.groupBy(ahead, ({ notAfter }) => monthsSince(now, new Date(notAfter)))
  return {
    urgent: expiries.filter(({ daysLeft }) => daysLeft < URGENT_DAYS),
    months: Array.from({ length: months }, (_, index) => {
      const first = new Date(now.getFullYear(), now.getMonth() + index, 1)
      return { year: first.getFullYear(), month: first.getMonth(), expiries: byMonth.get(index) ?? [] }
    }),
    later: ahead.filter(({ notAfter }) => monthsSince(now, new Date(notAfter)) >= months),
  }
}

function monthsSince(now: Date, then: Date): number {
  return (then.getFullYear() - now.getFullYear()) * 12 + then.getMonth() - now.getMonth()
}
