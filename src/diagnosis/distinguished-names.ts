// @peculiar/x509 needs this polyfill to be loaded before it.
import 'reflect-metadata'
import { Name, X509Certificate } from '@peculiar/x509'

// The library takes a tenth of a second to load, so this file is imported where a server has named authorities.

/** A DER name as one line: `O=Example, CN=Root`. Null for what is no name. */
export function nameText(der: Buffer): string | null {
  try {
    return new Name(der).toString()
  } catch {
    return null
  }
}

/** The issuers of the certificates in `pem`, in the same form. */
export function issuersOf(pem: string): string[] {
  return pem
    .split(/(?=-----BEGIN CERTIFICATE-----)/)
    .filter(text => text.trim() !== '')
    .map(text => new X509Certificate(text).issuer)
}
