import type { X509Certificate } from 'node:crypto'
import { factsOf } from '../identity/certificates.ts'
import type { CertificateFacts } from '../identity/identity.ts'
import { ownFilesOf } from '../identity/load.ts'
import type { Entry } from '../registry/entry.ts'
import type { ServerFlight } from './server-flight.ts'

const DAY = 86_400_000

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
  const names = leaf.subjectAltName === undefined ? 'no names' : `for ${leaf.subjectAltName}`
  return [...lines, chainText(certificates), `${names}, ${validity(factsOf([leaf]), now)}`]
}

/** The server's own certificate first, then each issuer. */
function chainText(certificates: readonly X509Certificate[]): string {
  const facts = certificates.map(certificate => factsOf([certificate]))
  const subjects = facts.map(({ subject }) => subject)
  const last = facts.at(-1)
  if (last !== undefined && last.issuer !== last.subject) subjects.push(last.issuer)
  return subjects.join(' ← ')
}

function validity({ notBefore, notAfter }: CertificateFacts, now: number): string {
  const period = `valid from ${isoDay(notBefore)} to ${isoDay(notAfter)}`
  if (now < notBefore) return `${period}, not valid yet`
  if (now > notAfter) return `${period}, expired`
  const days = Math.floor((notAfter - now) / DAY)
  return `${period}, ${days} day${days === 1 ? '' : 's'} left`
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
