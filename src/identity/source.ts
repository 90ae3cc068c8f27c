import type { TlsPolicy } from './tls-policy.ts'

/** Where a passphrase comes from. Paths are absolute. */
export type PassphraseSource =
  | { readonly kind: 'plain'; readonly value: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

/** The files, secrets and rules that make an identity. Paths are absolute. */
export interface IdentitySource {
  /** PEM certificates: the leaf and its intermediates. */
  readonly cert: string
  /** PEM private key, encrypted or not. */
  readonly key: string
  readonly passphrase: PassphraseSource | null
  /** PEM certificates that the server must chain to; null trusts the system's roots. */
  readonly ca: string | null
  /** True trusts the system's roots as well as `ca`. */
  readonly systemRoots: boolean
  readonly tls: TlsPolicy
}

/** The part of a source that is to blame for a failure. */
export type SourcePart = 'cert' | 'key' | 'passphrase' | 'ca'
