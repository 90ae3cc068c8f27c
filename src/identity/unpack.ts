import { type KeyObject, X509Certificate } from 'node:crypto'
import { CerthopError } from '../core/errors.ts'
import { issuersOf, oneLine } from './certificates.ts'
import type { Bundle, BundleFault, LockedBundle } from './pkcs12.ts'

export interface KeyAndChain {
  readonly key: KeyObject
  /** Leaf first, then each issuer. */
  readonly chain: readonly X509Certificate[]
}

/**
 * The one key of a bundle, its certificate, and those of the issuers that came along. Throws `client_certificate_invalid`
 * for a bundle with no key or several, and `client_key_mismatch` when no certificate fits the key.
 */
export function unpack(path: string, bundle: Bundle): KeyAndChain {
  const certificates = bundle.certificates.map((der, index) => readCertificate(path, der, index))
  const [first, ...others] = bundle.keys
  if (first === undefined) {
    throw new CerthopError('client_certificate_invalid', `${path} holds no private key`, {
      hint: 'export it anew, together with its key',
    })
  }
  if (others.length > 0) throw severalKeys(path, bundle, certificates)
  if (certificates.length === 0) {
    throw new CerthopError('client_certificate_invalid', `${path} holds no certificate`, {
      hint: 'export it anew, together with its certificate',
    })
  }
  const { key } = first
  const leaf = certificates.find(certificate => certificate.checkPrivateKey(key))
  if (leaf !== undefined) return { key, chain: issuersOf(leaf, certificates) }
  throw new CerthopError(
    'client_key_mismatch',
    `the key in ${path} does not belong to any certificate there`,
    {
      hint: 'certificate and key must come from the same request; was only one of the two renewed?',
    },
  )
}

/** What a fault of `openBundle` means. */
export function bundleError(
  { path, bundle, passphrase }: LockedBundle,
  { fault, detail }: BundleFault,
): CerthopError {
  switch (fault) {
    case 'damaged':
      return new CerthopError('client_certificate_invalid', `${path} is no PKCS#12 file, or a damaged one`, {
        hint: Buffer.from(bundle).includes('-----BEGIN ')
          ? 'it is PEM: name it under `cert` and `key` instead'
          : 'copy it anew; `openssl pkcs12 -in FILE -info -noout` tests it',
      })
    case 'unsupported':
      return new CerthopError(
        'client_certificate_invalid',
        `${path} is protected in a way that is not supported (${detail})`,
        { hint: 'export it anew with AES and a passphrase; `openssl pkcs12 -export` does by itself' },
      )
    case 'passphrase':
      if (passphrase === null) {
        return new CerthopError('passphrase_wrong', `${path} is encrypted, and the entry has no passphrase`, {
          hint: 'add `passphrase: {env: NAME}` or `passphrase: {file: PATH}`',
        })
      }
      return new CerthopError('passphrase_wrong', `the passphrase does not open ${path}`, {
        hint: 'compare it with `openssl pkcs12 -in FILE -noout` (and `-legacy`, for an old bundle)',
      })
  }
}

function readCertificate(path: string, der: Uint8Array, index: number): X509Certificate {
  try {
    return new X509Certificate(der)
  } catch (cause) {
    throw new CerthopError('client_certificate_invalid', `certificate ${index + 1} of ${path} is damaged`, {
      cause,
    })
  }
}

function severalKeys(path: string, { keys }: Bundle, certificates: readonly X509Certificate[]): CerthopError {
  const described = keys.map(({ key, name }) => {
    const subject = certificates.find(certificate => certificate.checkPrivateKey(key))?.subject
    const parts = [name === null ? 'one without a name' : `"${name}"`]
    parts.push(subject === undefined ? 'without a certificate' : `of ${oneLine(subject)}`)
    return parts.join(' ')
  })
  return new CerthopError(
    'client_certificate_invalid',
    `${path} holds ${keys.length} private keys: ${described.join('; ')}`,
    {
      hint: 'choose one: write all out with `openssl pkcs12 -in FILE -out all.pem`, copy its key and its certificates to a file of their own, and name that file under `cert` and `key`',
    },
  )
}
