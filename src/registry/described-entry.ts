import type { CerthopError } from '../core/errors.ts'
import { expiredError } from './candidate.ts'
import type { Entry } from './entry.ts'

const DAY = 86_400_000

/** An error as it is shown to people and programs. */
export interface DescribedError {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** An entry as `list --json` prints it, and its state in words. Times are ISO 8601; `now` is milliseconds since 1970. */
export function describeEntry(entry: Entry, now: number) {
  const { facts } = entry
  const error = errorOf(entry, now)
  const pending = isPending(entry, now)
  return {
    id: entry.id,
    hosts: entry.hosts,
    port: entry.port,
    groups: entry.groups ?? [],
    addedAt: isoTime(entry.addedAt),
    ...describeFacts(facts, now),
    usable: error === null && !pending,
    error: describeError(error),
    state: error?.code ?? (pending ? 'not valid yet' : 'usable'),
  }
}

/** What is known of a certificate; null for each fact of one that cannot be read. */
export function describeFacts(facts: Entry['facts'], now: number) {
  return {
    subject: facts?.subject ?? null,
    issuer: facts?.issuer ?? null,
    serialNumber: facts?.serialNumber ?? null,
    fingerprint256: facts?.fingerprint256 ?? null,
    keyType: facts?.keyType ?? null,
    notBefore: isoTime(facts?.notBefore ?? null),
    notAfter: isoTime(facts?.notAfter ?? null),
    daysLeft: facts === null ? null : Math.floor((facts.notAfter - now) / DAY),
  }
}

export function describeError(error: CerthopError | null): DescribedError | null {
  return error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? '' }
}

/** Whether a request that the entry wins at `now` goes out with its certificate. */
export function isUsable(entry: Entry, now: number): boolean {
  return errorOf(entry, now) === null && !isPending(entry, now)
}

/** Until its certificate is valid it wins nothing. */
function isPending({ facts }: Entry, now: number): boolean {
  return facts !== null && now < facts.notBefore
}

/** Why requests that the entry wins fail at `now`; null while they don't. */
export function errorOf(entry: Entry, now: number): CerthopError | null {
  if (entry.error !== null || entry.facts === null) return entry.error
  return now > entry.facts.notAfter ? expiredError(entry.id, entry.facts.notAfter) : null
}

function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
