import { createDecipheriv, pbkdf2Sync } from 'node:crypto'
import { type BerElement, elementAt, MalformedBer, Tag } from './ber.ts'
import { derivePkcs12Key, MAX_ITERATIONS, Purpose } from './pkcs12-keys.ts'
import { decryptRc2 } from './rc2.ts'

/** What a bundle is protected with, and nothing here knows; named by its object identifier or its number. */
export class UnsupportedProtection extends Error {
  override readonly name = 'UnsupportedProtection'
}

/** With SHA-1 (RFC 7292 appendix C). RC2 has the effective length of its key in bits, where OpenSSL 3 has no such cipher. */
const PKCS12_CIPHERS: Readonly<Record<string, { cipher: string; keyBytes: number } | { rc2Bits: number }>> = {
  '1.2.840.113549.1.12.1.3': { cipher: 'des-ede3-cbc', keyBytes: 24 },
  '1.2.840.113549.1.12.1.4': { cipher: 'des-ede-cbc', keyBytes: 16 },
  '1.2.840.113549.1.12.1.5': { rc2Bits: 128 },
  '1.2.840.113549.1.12.1.6': { rc2Bits: 40 },
}

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'

const PBES2_CIPHERS: Readonly<Record<string, { cipher: string; keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { cipher: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { cipher: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { cipher: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { cipher: 'des-ede3-cbc', keyBytes: 24 },
}

/** Of PBKDF2, whose default is SHA-1 (RFC 8018 appendix A.2). */
const HMAC_DIGESTS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

/**
 * Decrypts what `algorithm`, an AlgorithmIdentifier, was encrypted with. Null when the passphrase is wrong; another one may
 * also decrypt to noise. Throws `UnsupportedProtection` and `MalformedBer`.
 */
export async function decrypt(
  algorithm: BerElement,
  encrypted: Buffer,
  passphrase: string | null,
  budget: IterationBudget,
): Promise<Buffer | null> {
  const [name, parameters] = algorithm.children()
  if (name === undefined || parameters === undefined) throw new MalformedBer('no algorithm')
  const identifier = name.identifier()
  if (identifier === PBES2) return decryptPbes2(parameters, encrypted, passphrase, budget)
  const kind = PKCS12_CIPHERS[identifier]
  if (kind === undefined) throw new UnsupportedProtection(identifier)
  const [salt, count] = parameters.children()
  if (salt === undefined || count === undefined) throw new MalformedBer('no salt')
  const derivation = { digest: 'sha1', salt: salt.octets(), iterations: budget.take(count) }
  const derive = (purpose: number, length: number) => derivePkcs12Key(passphrase, purpose, derivation, length)
  const iv = derive(Purpose.iv, 8)
  if ('cipher' in kind)
    return decryptBlocks(kind.cipher, derive(Purpose.encryption, kind.keyBytes), iv, encrypted)
  return decryptRc2(derive(Purpose.encryption, kind.rc2Bits / 8), kind.rc2Bits, iv, encrypted)
}

/** RFC 8018 section 6.2. */
function decryptPbes2(
  parameters: BerElement,
  encrypted: Buffer,
  passphrase: string | null,
  budget: IterationBudget,
): Buffer | null {
  const [derivation, encryption] = parameters.children().map(part => part.children())
  const [derivationName, derivationParameters] = derivation ?? []
  const [encryptionName, iv] = encryption ?? []
  if (!derivationName || !derivationParameters || !encryptionName || !iv) throw new MalformedBer('no scheme')
  if (derivationName.identifier() !== PBKDF2) throw new UnsupportedProtection(derivationName.identifier())
  const kind = PBES2_CIPHERS[encryptionName.identifier()]
  if (kind === undefined) throw new UnsupportedProtection(encryptionName.identifier())
  const fields = derivationParameters.children()
  const salt = elementAt(fields, 0).octets()
  const iterations = budget.take(elementAt(fields, 1))
  // The length of the key, which the cipher has told already, may stand in between.
  const pseudorandom = fields.slice(2).find(({ tag }) => tag === Tag.sequence)
  const hmac = pseudorandom && elementAt(pseudorandom.children(), 0).identifier()
  const digest = hmac === undefined ? 'sha1' : HMAC_DIGESTS[hmac]
  if (digest === undefined) throw new UnsupportedProtection(hmac)
  const key = pbkdf2Sync(passphrase ?? '', salt, iterations, kind.keyBytes, digest)
  return decryptBlocks(kind.cipher, key, iv.octets(), encrypted)
}

/** What all parts of a bundle together may ask for: each of them could be as slow as the slowest that is let through. */
export class IterationBudget {
  #left = MAX_ITERATIONS

  /** The number of iterations in `element`. Throws `UnsupportedProtection` when it is more than what is left. */
  take(element: BerElement): number {
    const iterations = element.integer()
    if (iterations === 0 || iterations > this.#left)
      throw new UnsupportedProtection(`${iterations} iterations`)
    this.#left -= iterations
    return iterations
  }
}

function decryptBlocks(cipher: string, key: Buffer, iv: Buffer, encrypted: Buffer): Buffer | null {
  if (iv.length !== (cipher.startsWith('aes') ? 16 : 8)) throw new MalformedBer('no initialization vector')
  const decipher = createDecipheriv(cipher, key, iv)
  key.fill(0)
  const start = decipher.update(encrypted)
  try {
    return Buffer.concat([start, decipher.final()])
  } catch {
    // The padding is wrong, and so the key was.
    return null
  } finally {
    start.fill(0)
  }
}
