import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto'
// @peculiar/x509 needs this polyfill to be loaded before it.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { Signer } from './signer.ts'

// This file takes some hundred milliseconds to load, so it is imported when the first certificate is to be made.

const DAY = 86_400_000
const YEAR = 365 * DAY
/** How far the clock of a runner may be behind. */
const CLOCK_SKEW = DAY

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** The longest common name (RFC 5280 appendix A.1, ub-common-name). */
const LONGEST_NAME = 64

/** A new authority for ten years, as PEM: its key (PKCS#8), then its certificate, self-signed on P-256. */
export async function createRoot(hostname: string): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ O: ['certhop'] }, { CN: [`certhop local authority on ${hostname}`.slice(0, LONGEST_NAME)] }],
    notBefore: new Date(now - CLOCK_SKEW),
    notAfter: new Date(now + 10 * YEAR),
    keys,
    signingAlgorithm: P256,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return `${key.export({ type: 'pkcs8', format: 'pem' })}${certificate.toString('pem')}\n`
}

/**
 * A leaf (DER) with everything in it that all leaves of an authority share: algorithm, issuer, public key, and the
 * extensions but for the subject alternative name.
 */
export async function createLeafTemplate(
  { certificate, key, hash }: Signer,
  publicKey: KeyObject,
): Promise<Buffer> {
  const issuer = new x509.X509Certificate(new Uint8Array(certificate.raw))
  const identifier = issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId
  const algorithm = { ...issuer.publicKey.algorithm, hash }
  const template = await x509.X509CertificateGenerator.create({
    issuer: issuer.subjectName,
    publicKey: publicKey.toCryptoKey(P256, true, ['verify']),
    signingKey: key.toCryptoKey(algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      identifier === undefined
        ? await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey)
        : new x509.AuthorityKeyIdentifierExtension(identifier),
    ],
  })
  return Buffer.from(template.rawData)
}
