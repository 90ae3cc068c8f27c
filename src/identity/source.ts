import type { TlsPolicy } from './tls-policy.ts'

/** Where a passphrase comes from. Paths are absolute. */
export type PassphraseSource =
  | { readonly kind: 'plain'; readonly value: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  /** An age file, armored or as base64. */
  | { readonly kind: 'age'; readonly value: string }

/** Where the age identity is that opens what is encrypted: a variable or a file. Paths are absolute. */
export type AgeIdentitySource = { readonly env: string } | { readonly file: string }

interface SharedSource {
  readonly passphrase: PassphraseSource | null
  /** PEM certificates that the server must chain to; null trusts the system's roots. */
  readonly ca: string | null
  /** True trusts the system's roots as well as `ca`. */
  readonly systemRoots: boolean
  readonly tls: TlsPolicy
}

export interface PemSource extends SharedSource {
  /** PEM certificates: the leaf and its intermediates. */
  readonly cert: string
  /** PEM private key, encrypted or not. */
  readonly key: string
}

export interface Pkcs12Source extends SharedSource {
  /** A bundle of certificates and their key (RFC 7292). */
  readonly pkcs12: string
}

/** The files and secrets that make an identity. Paths are absolute. */
export type IdentitySource = PemSource | Pkcs12Source

/** The file that holds the private key. */
export function keyFileOf(source: IdentitySource): string {
  return 'pkcs12' in source ? source.pkcs12 : source.key
}

/** Whether a file is encrypted with age, by its name. */
export function isAgeFile(path: string): boolean {
  return path.endsWith('.age')
}

/** The part of a source that is to blame for a failure. */
export type SourcePart = 'cert' | 'key' | 'pkcs12' | 'passphrase' | 'ca'
