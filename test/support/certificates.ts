import { createPrivateKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
// @peculiar/x509 needs this polyfill to be loaded before it.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

type CryptoKeyPair = webcrypto.CryptoKeyPair

const KEY_TYPES = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'P-521': { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  Ed25519: { name: 'Ed25519' },
  /** Too short for TLS. */
  'RSA-1024': {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 1024,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  'RSA-2048': {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const

export type KeyType = keyof typeof KEY_TYPES

const DAY = 86_400_000

export interface CertificateRequest {
  /** The subject's common name; for a server also its first subject alternative name. */
  name: string
  /** The subject's organization; none when left out. */
  organization?: string
  keyType?: KeyType
  /** Further subject alternative names: host names or IP addresses. */
  names?: string[]
  /** Default: yesterday and in a year. */
  notBefore?: Date
  notAfter?: Date
}

/** A certificate with its key. `chain` is the PEM of the certificate followed by its intermediates, without the root. */
export class Certificate {
  readonly pem: string
  readonly chain: string
  readonly privateKey: KeyObject
  readonly x509: X509Certificate
  readonly #keys: CryptoKeyPair
  readonly #generated: x509.X509Certificate
  readonly #intermediates: string

  constructor(
    generated: x509.X509Certificate,
    keys: CryptoKeyPair,
    privateKey: KeyObject,
    intermediates: string,
  ) {
    this.#generated = generated
    this.#keys = keys
    this.#intermediates = intermediates
    this.pem = `${generated.toString('pem')}\n`
    this.chain = this.pem + intermediates
    this.privateKey = privateKey
    this.x509 = new X509Certificate(this.pem)
  }

  /** PKCS#8 PEM, encrypted with AES-256-CBC when a passphrase is given. */
  key(passphrase?: string): string {
    const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
    return this.privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString()
  }

  /** A certificate for a server: `serverAuth`, with `name` and `names` as subject alternative names. */
  server(request: CertificateRequest): Promise<Certificate> {
    const names = [request.name, ...(request.names ?? [])].map(value =>
      isIP(value) === 0 ? ({ type: 'dns', value } as const) : ({ type: 'ip', value } as const),
    )
    return this.#issue(request, [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names),
    ])
  }

  /** A certificate for a client: `clientAuth`. */
  client(request: CertificateRequest): Promise<Certificate> {
    return this.#issue(request, [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ])
  }

  /** An authority below this one, whose certificates carry it in their `chain`. */
  intermediate(request: CertificateRequest): Promise<Certificate> {
    return this.#issue(request, AUTHORITY_EXTENSIONS)
  }

  async #issue(request: CertificateRequest, extensions: x509.Extension[]): Promise<Certificate> {
    const isRoot = this.#generated.subject === this.#generated.issuer
    const intermediates = isRoot ? '' : this.pem + this.#intermediates
    return generate(request, extensions, {
      subject: this.#generated.subject,
      keys: this.#keys,
      intermediates,
    })
  }
}

const AUTHORITY_EXTENSIONS = [
  new x509.BasicConstraintsExtension(true, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
]

/** A self-signed authority: `const root = await createAuthority({ name: 'Root' })`, then `root.server(…)`, `root.client(…)`. */
export function createAuthority(request: CertificateRequest): Promise<Certificate> {
  return generate(request, AUTHORITY_EXTENSIONS, null)
}

interface Issuer {
  subject: string
  keys: CryptoKeyPair
  intermediates: string
}

async function generate(
  request: CertificateRequest,
  extensions: x509.Extension[],
  issuer: Issuer | null,
): Promise<Certificate> {
  const algorithm = KEY_TYPES[request.keyType ?? 'P-256']
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const signer = issuer?.keys ?? keys
  const organization = request.organization === undefined ? '' : `O=${request.organization}, `
  const subject = `${organization}CN=${request.name}`
  const generated = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject,
    issuer: issuer?.subject ?? subject,
    notBefore: request.notBefore ?? new Date(Date.now() - DAY),
    notAfter: request.notAfter ?? new Date(Date.now() + 365 * DAY),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: { ...signer.privateKey.algorithm, hash: 'SHA-256' },
    extensions,
  })
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  return new Certificate(generated, keys, privateKey, issuer?.intermediates ?? '')
}
