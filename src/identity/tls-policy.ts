export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** How TLS with the servers of an identity has to be. */
export interface TlsPolicy {
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** Sent as SNI, and what the server's certificate must be for, instead of the host that is asked for; null for that one. Never an address. */
  readonly serverName: string | null
  /** False never offers HTTP/2. */
  readonly http2: boolean
  /** The keys that the server's own certificate may have: SHA-256 of their SubjectPublicKeyInfo, in base64 (RFC 7469 section 2.4). Empty for any. */
  readonly pins: readonly string[]
}

/** What holds where nothing is said. */
export const DEFAULT_TLS_POLICY: TlsPolicy = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  serverName: null,
  http2: true,
  pins: [],
}
