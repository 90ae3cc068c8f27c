import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { adviceFor, isCertificate, isEncryptedKey, isPrivateKey, readPemBlocks } from '../core/pem.ts'
import { InvalidAuthority } from './invalid-authority.ts'

/** What signs leaves: an authority's certificate with its key, checked to be fit for it. */
export interface Signer {
  readonly certificate: X509Certificate
  readonly key: KeyObject
  /** Of its signatures. */
  readonly hash: SignatureHash
  /** What a server sends behind its leaf (RFC 8446 section 4.4.2): nothing for a root, which the runner has. */
  readonly intermediates: readonly X509Certificate[]
  /** PEM of what runners are to trust: the authority and, as far as they are known, those above it. */
  readonly trusted: string
}

export type SignatureHash = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** A PEM file that was read. */
export interface PemFile {
  readonly path: string
  readonly content: Buffer
}

const SMALLEST_RSA = 2048

/** The curves that TLS clients take, each with a hash of its strength (RFC 8446 section 4.2.3). */
const CURVES: Readonly<Record<string, SignatureHash>> = {
  prime256v1: 'SHA-256',
  secp384r1: 'SHA-384',
  secp521r1: 'SHA-512',
}

/** Throws `InvalidAuthority` when the two files are no authority that can sign at the time of `now`, in milliseconds since 1970. */
export function readSigner(cert: PemFile, key: PemFile, now: number): Signer {
  const certificates = readCertificates(cert)
  const { privateKey, hash } = readKey(key)
  const certificate = certificates.find(each => each.checkPrivateKey(privateKey))
  if (certificate === undefined) {
    throw new InvalidAuthority(`the key in ${key.path} does not belong to the certificate in ${cert.path}`, {
      hint: 'certificate and key must come from the same request',
    })
  }
  checkFitness(cert.path, certificate, now)
  const chain = chainOf(certificate, certificates)
  return {
    certificate,
    key: privateKey,
    hash,
    intermediates: chain.filter(each => !isRoot(each)),
    trusted: chain.map(each => each.toString()).join(''),
  }
}

function readCertificates({ path, content }: PemFile): X509Certificate[] {
  const blocks = readPemBlocks(content.toString('latin1'))
  const found = blocks.filter(isCertificate)
  if (found.length === 0) {
    throw new InvalidAuthority(`${path} holds no certificate`, { hint: adviceFor(content, blocks) })
  }
  return found.map(({ text }) => {
    try {
      return new X509Certificate(text)
    } catch {
      throw new InvalidAuthority(`a certificate in ${path} is damaged`, { hint: 'copy it anew' })
    }
  })
}

function readKey({ path, content }: PemFile): { privateKey: KeyObject; hash: SignatureHash } {
  const blocks = readPemBlocks(content.toString('latin1'))
  const block = blocks.find(isPrivateKey)
  if (block === undefined) {
    throw new InvalidAuthority(`${path} holds no private key`, { hint: adviceFor(content, blocks) })
  }
  if (isEncryptedKey(block)) {
    throw new InvalidAuthority(`the key in ${path} is encrypted`, {
      hint: 'decrypt it with `openssl pkey -in KEY -out NEW`, and keep the result to yourself with `chmod 600 NEW`',
    })
  }
  const privateKey = parseKey(path, block.text)
  const hash = hashFor(privateKey)
  if (hash !== null) return { privateKey, hash }
  throw new InvalidAuthority(`the key in ${path} is of a kind that cannot sign leaves`, {
    hint: `it must be EC on P-256, P-384 or P-521, or RSA of ${SMALLEST_RSA} bits or more`,
  })
}

function parseKey(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // The cause is left out: no part of a key may end up in a log.
    throw new InvalidAuthority(`the private key in ${path} is damaged`, {
      hint: 'copy it anew; `openssl pkey -in KEY -noout -check` tests it',
    })
  }
}

/** Null for a key that cannot sign what TLS clients take. */
function hashFor({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): SignatureHash | null {
  if (type === 'ec') return CURVES[details?.namedCurve ?? ''] ?? null
  return type === 'rsa' && (details?.modulusLength ?? 0) >= SMALLEST_RSA ? 'SHA-256' : null
}

function checkFitness(path: string, certificate: X509Certificate, now: number): void {
  if (!certificate.ca) {
    throw new InvalidAuthority(`the certificate in ${path} is no authority that may sign`, {
      hint: 'it needs basicConstraints CA:TRUE and, if it has a keyUsage, keyCertSign in it',
    })
  }
  const { validFromDate: from, validToDate: to } = certificate
  if (now < from.getTime()) {
    throw new InvalidAuthority(`the certificate in ${path} is not valid before ${from.toISOString()}`, {
      hint: 'is the clock of this machine right?',
    })
  }
  if (now > to.getTime()) {
    throw new InvalidAuthority(`the certificate in ${path} expired at ${to.toISOString()}`, {
      hint: 'put a new one in its place',
    })
  }
}

/** The certificate, then each issuer that is among `others`. */
function chainOf(certificate: X509Certificate, others: readonly X509Certificate[]): X509Certificate[] {
  const chain = [certificate]
  for (let last = certificate; !isRoot(last); ) {
    const issuer = others.find(each => !chain.includes(each) && last.checkIssued(each))
    if (issuer === undefined) break
    chain.push(issuer)
    last = issuer
  }
  return chain
}

function isRoot(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer
}
