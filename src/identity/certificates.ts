import { type KeyObject, X509Certificate } from 'node:crypto'
import { CerthopError } from '../core/errors.ts'
import { adviceFor, isCertificate, readPemBlocks } from '../core/pem.ts'
import type { CertificateFacts } from './identity.ts'

/** Every certificate of a PEM file; at least one. Throws `client_certificate_invalid`, naming `path`. */
export function readCertificates(path: string, content: Buffer): X509Certificate[] {
  const blocks = readPemBlocks(content.toString('latin1'))
  const certificates = blocks.filter(isCertificate).map(({ text }, index) => {
    try {
      return new X509Certificate(text)
    } catch (cause) {
      throw new CerthopError('client_certificate_invalid', `certificate ${index + 1} of ${path} is damaged`, {
        cause,
      })
    }
  })
  if (certificates.length > 0) return certificates
  throw new CerthopError('client_certificate_invalid', `${path} holds no certificate`, {
    hint: adviceFor(content, blocks),
  })
}

/**
 * The certificates in the order in which TLS sends them (RFC 8446 section 4.4.2): the one that belongs to the key, then
 * each issuer. Bundles often come with the authority first. Throws `client_key_mismatch` when the key fits none, and
 * `client_certificate_invalid` for a bundle whose order cannot be told.
 */
export function orderChain(
  path: string,
  bundle: readonly X509Certificate[],
  key: KeyObject,
): X509Certificate[] {
  const leaf = bundle.find(certificate => certificate.checkPrivateKey(key))
  if (leaf === undefined) {
    const what = bundle.length === 1 ? `the certificate in ${path}` : `any certificate in ${path}`
    throw new CerthopError('client_key_mismatch', `the key does not belong to ${what}`, {
      hint: 'certificate and key must come from the same request; was only one of the two renewed?',
    })
  }
  const chain = issuersOf(leaf, bundle)
  const rest = bundle.filter(certificate => !chain.includes(certificate))
  // With the leaf in front the author has chosen an order, and what else is there may be meant for some other path.
  if (rest.length === 0 || bundle[0] === leaf) return [...chain, ...rest]
  throw new CerthopError(
    'client_certificate_invalid',
    `the certificates in ${path} are not one chain, and the one of the key is not the first`,
    { hint: "put the key's certificate first, then its intermediates, and remove the others" },
  )
}

/** `leaf`, its issuer among `others`, that one's issuer, and so on. */
export function issuersOf(leaf: X509Certificate, others: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf]
  for (let last = leaf; ; ) {
    const issuer = others.find(certificate => !chain.includes(certificate) && last.checkIssued(certificate))
    if (issuer === undefined) return chain
    chain.push(issuer)
    last = issuer
  }
}

/** Of the first of `chain`, which is not empty. Its issuers follow; what else is there, for other paths, does not count. */
export function factsOf(chain: readonly X509Certificate[]): CertificateFacts {
  const certificate = chain[0] as X509Certificate
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serialNumber: certificate.serialNumber,
    fingerprint256: certificate.fingerprint256,
    keyType: keyTypeOf(certificate.publicKey),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    issuersNotAfter: endOfIssuers(chain),
  }
}

function endOfIssuers(chain: readonly X509Certificate[]): number | null {
  const links = chain.findIndex((certificate, index) => {
    const next = chain[index + 1]
    return next === undefined || !certificate.checkIssued(next)
  })
  const ends = chain.slice(1, links + 1).map(({ validToDate }) => validToDate.getTime())
  return ends.length === 0 ? null : Math.min(...ends)
}

/** A name on one line; they come with one attribute a line. */
export function oneLine(name: string): string {
  return name.split('\n').join(', ')
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}

function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): string {
  const type: string = asymmetricKeyType ?? 'unknown'
  if (type === 'ec') return `EC ${CURVES[details?.namedCurve ?? ''] ?? details?.namedCurve}`
  if (details?.modulusLength !== undefined) return `${type.toUpperCase()} ${details.modulusLength}`
  return type.charAt(0).toUpperCase() + type.slice(1)
}
