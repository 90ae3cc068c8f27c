import type { Identity } from '../identity/identity.ts'
import type { ServerFlight } from './server-flight.ts'

/** Whether a server asked for a client certificate, and of whom. */
export interface CertificateDemand {
  readonly asked: boolean
  /** What TLS the two agreed on, such as `TLSv1.3`; null when they did not. */
  readonly version: string | null
  /** The names of the authorities whose certificates it takes; none for any. */
  readonly authorities: readonly string[]
  /** Who issued what would be presented; null when it is nothing, or an authority that the server names. */
  readonly foreignIssuer: string | null
}

/** Null when the handshake did not come far enough to tell. */
export async function demandOf(
  { authorities, version }: ServerFlight,
  identity: Identity | null,
): Promise<CertificateDemand | null> {
  if (authorities === undefined) return null
  if (authorities === null) return { asked: false, version, authorities: [], foreignIssuer: null }
  if (authorities.length === 0) return { asked: true, version, authorities: [], foreignIssuer: null }
  const { issuersOf, nameText } = await import('./distinguished-names.ts')
  const names = authorities.map(der => nameText(der) ?? 'a name that cannot be read')
  const issuers = identity === null ? [] : issuersOf(identity.chain)
  const [issuer = null] = issuers.some(each => names.includes(each)) ? [] : issuers
  return { asked: true, version, authorities: names, foreignIssuer: issuer }
}

/** Lists of public roots are long. */
const NAMED = 5

/** `a certificate of CN=Root`, as the end of a sentence. */
export function demandText({ authorities }: CertificateDemand): string {
  if (authorities.length === 0) return 'a certificate of any authority'
  const named = authorities.slice(0, NAMED).join(' or ')
  const more = authorities.length - NAMED
  return `a certificate of ${named}${more > 0 ? ` or ${more} other${more === 1 ? '' : 's'}` : ''}`
}
