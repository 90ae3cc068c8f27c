import { createPrivateKey, webcrypto } from 'node:crypto'
// @peculiar/x509 needs this polyfill to be loaded before it.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

// The library takes a tenth of a second to load, so this file is imported where an authority is really to be made.

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
