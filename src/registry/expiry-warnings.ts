import { TimeSlice } from '../core/time-slice.ts'
import type { Events } from '../observe/events.ts'
import { expiredError } from './candidate.ts'
import type { Entry } from './entry.ts'
import type { Snapshot } from './snapshot.ts'

const DAY = 86_400_000

/** Days before the end at which a certificate is told of; 0 stands for the end itself. */
const THRESHOLDS = [30, 14, 7, 1, 0] as const

/** Milliseconds after which the clock is looked at again, whatever was to be expected: it may have been set. */
const CHECK_EVERY = 3_600_000

interface WatchedRegistry {
  readonly current: Snapshot
  onSwap(listener: () => void): () => void
}

/** Something of an entry that comes to an end. Times are milliseconds since 1970. */
interface End {
  readonly of: 'certificate' | 'intermediate'
  readonly id: string
  readonly notAfter: number
}

/**
 * Tells of certificates that expire soon, and of those that have expired: each once at every threshold, at the start and
 * after a reload at the one that it has already passed. Works until `close`, and keeps no process alive.
 */
export class ExpiryWarnings {
  readonly #registry: WatchedRegistry
  readonly #events: Events
  readonly #unsubscribe: () => void
  /** The last threshold that was told of each end. */
  #told: ReadonlyMap<string, number> = new Map()
  #timer: NodeJS.Timeout | undefined
  #isChecking = false
  /** The registry has changed during a check. */
  #isOutdated = false
  #isClosed = false

  constructor(registry: WatchedRegistry, events: Events) {
    this.#registry = registry
    this.#events = events
    this.#unsubscribe = registry.onSwap(() => this.#check())
    this.#check()
  }

  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
    clearTimeout(this.#timer)
  }

  #check(): void {
    this.#isOutdated = true
    if (!this.#isChecking) void this.#checkUntilCurrent()
  }

  /** Thousands of entries are looked at in slices, in which requests get their turn. */
  async #checkUntilCurrent(): Promise<void> {
    this.#isChecking = true
    while (this.#isOutdated && !this.#isClosed) {
      this.#isOutdated = false
      await this.#checkAll()
    }
    this.#isChecking = false
  }

  async #checkAll(): Promise<void> {
    const now = Date.now()
    const told = new Map<string, number>()
    const slice = new TimeSlice()
    let next = now + CHECK_EVERY
    for (const entry of this.#registry.current.entries) {
      if (slice.isOver) await slice.next()
      for (const end of endsOf(entry)) {
        next = Math.min(next, nextThresholdAfter(now, end.notAfter))
        const threshold = this.#look(end, now)
        if (threshold !== null) told.set(keyOf(end), threshold)
      }
    }
    this.#told = told
    clearTimeout(this.#timer)
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#check(), next - now).unref()
  }

  /** Tells of a threshold that has passed, if it was not told yet. Returns the last that was; null for none. */
  #look(end: End, now: number): number | null {
    const threshold = thresholdAt(now, end.notAfter)
    if (threshold === null) return null
    const before = this.#told.get(keyOf(end)) ?? Number.POSITIVE_INFINITY
    if (threshold < before) this.#tell(end, now)
    return Math.min(threshold, before)
  }

  #tell({ of, id, notAfter }: End, now: number): void {
    const expired = now > notAfter
    const daysLeft = Math.floor((notAfter - now) / DAY)
    const time = new Date(notAfter).toISOString()
    const { message, hint } = expiredError(id, notAfter)
    const fields = { id, notAfter: time, daysLeft }
    if (of === 'intermediate') {
      const what = `an intermediate certificate of \`${id}\``
      this.#events.notice(
        expired ? 'error' : 'warn',
        `${what} ${expired ? 'expired' : `expires ${inDays(daysLeft)},`} at ${time}`,
        { ...fields, advice: 'get the current one from the authority, and put it behind the certificate' },
      )
    } else if (expired) {
      this.#events.notice('error', message, { code: 'client_certificate_expired', ...fields, advice: hint })
    } else {
      this.#events.notice('warn', `the certificate of \`${id}\` expires ${inDays(daysLeft)}, at ${time}`, {
        ...fields,
        advice: 'add the renewed certificate as a newer entry, or put it in its place',
      })
    }
  }
}

/** Of an entry that can't be used, another error is told. */
function endsOf({ id, identity, facts }: Entry): End[] {
  if (identity === null || facts === null) return []
  const { notAfter, issuersNotAfter } = facts
  const own: End = { of: 'certificate', id, notAfter }
  // Those that outlive it are of no interest.
  if (issuersNotAfter === null || issuersNotAfter >= notAfter) return [own]
  return [own, { of: 'intermediate', id, notAfter: issuersNotAfter }]
}

function keyOf({ id, of, notAfter }: End): string {
  return `${id} ${of} ${notAfter}`
}

/** The last threshold that has passed, or null. */
function thresholdAt(now: number, notAfter: number): number | null {
  return THRESHOLDS.findLast(days => now >= momentOf(days, notAfter)) ?? null
}

/** Milliseconds since 1970. */
function nextThresholdAfter(now: number, notAfter: number): number {
  const days = THRESHOLDS.find(days => now < momentOf(days, notAfter))
  return days === undefined ? Number.POSITIVE_INFINITY : momentOf(days, notAfter)
}

/** A certificate is still valid in its last millisecond (RFC 5280 section 4.1.2.5). */
function momentOf(days: number, notAfter: number): number {
  return days === 0 ? notAfter + 1 : notAfter - days * DAY
}

function inDays(days: number): string {
  if (days === 0) return 'within a day'
  return days === 1 ? 'in a day' : `in ${days} days`
}
