import type { X509Certificate } from 'node:crypto'
import { oneLine } from '../identity/certificates.ts'
import { ownFilesOf } from '../identity/load.ts'
import type { Entry } from '../registry/entry.ts'
import type { ServerFlight } from './server-flight.ts'

const DAY = 86_400_000

/** Milliseconds since 1970. */
interface Period {
  readonly notBefore: number
  readonly notAfter: number
}

/** An entry's files and dates, a line each. `now` is milliseconds since 1970. */
export function entryLines(entry: Entry, now: number): string[] {
  const files = ownFilesOf(entry.definition.source).join(', ')
  const { facts } = entry
  if (facts === null) return [files]
  return [files, `${facts.subject}, issued by ${facts.issuer}, ${validity(facts, now)}`]
}

/** What a server has shown of itself, a line each; nothing when it has shown nothing. */
export function serverLines(
  { version, certificates }: ServerFlight,
  protocol: string | null,
  now: number,
): string[] {
  const lines: string[] = []
  if (version !== null) lines.push(protocol === null ? version : `${version}, ALPN ${protocol}`)
  const [leaf] = certificates
  if (leaf === undefined) return lines
  const { subjectAltName, validFromDate, validToDate } = leaf
  const names = subjectAltName === undefined ? 'no names' : `for ${subjectAltName}`
  const period = { notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() }
  return [...lines, chainText(certificates), `${names}, ${validity(period, now)}`]
}

/** The server's own certificate first, then each issuer. */
function chainText(certificates: readonly X509Certificate[]): string {
  const names = certificates.map(({ subject }) => oneLine(subject))
  const last = certificates.at(-1)
  if (last !== undefined && last.issuer !== last.subject) names.push(oneLine(last.issuer))
  return names.join(' ← ')
}

function validity({ notBefore, notAfter }: Period, now: number): string {
  const period = `valid from ${isoDay(notBefore)} to ${isoDay(notAfter)}`
  if (now < notBefore) return `${period}, not valid yet`
  if (now > notAfter) return `${period}, expired`
  const days = Math.floor((notAfter - now) / DAY)
  return `${period}, ${days} day${days === 1 ? '' : 's'} left`
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
