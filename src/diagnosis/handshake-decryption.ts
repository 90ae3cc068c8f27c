import { createDecipheriv, createHmac } from 'node:crypto'

interface Suite {
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'
  readonly hash: 'sha256' | 'sha384'
  readonly keyLength: number
}

/** The cipher suites of TLS 1.3 that OpenSSL offers (RFC 8446 appendix B.4). */
const SUITES: Readonly<Record<number, Suite>> = {
  4865: { cipher: 'aes-128-gcm', hash: 'sha256', keyLength: 16 },
  4866: { cipher: 'aes-256-gcm', hash: 'sha384', keyLength: 32 },
  4867: { cipher: 'chacha20-poly1305', hash: 'sha256', keyLength: 32 },
}

const IV_LENGTH = 12
const TAG_LENGTH = 16

/** What one record holds. */
export interface Plaintext {
  readonly type: number
  readonly content: Buffer
}

/** Opens the records that a server protects with its handshake traffic secret (RFC 8446 sections 5.2 and 7.3). */
export class HandshakeDecryption {
  readonly #suite: Suite
  readonly #key: Buffer
  readonly #iv: Buffer
  #records = 0

  private constructor(suite: Suite, secret: Buffer) {
    this.#suite = suite
    this.#key = expandLabel(suite.hash, secret, 'key', suite.keyLength)
    this.#iv = expandLabel(suite.hash, secret, 'iv', IV_LENGTH)
  }

  /** Null for a cipher suite that TLS 1.3 does not have. */
  static create(cipherSuite: number, secret: Buffer): HandshakeDecryption | null {
    const suite = SUITES[cipherSuite]
    return suite === undefined ? null : new HandshakeDecryption(suite, secret)
  }

  /** Opens the next record. Null when its key is another one: the handshake is over. */
  open(header: Buffer, sealed: Buffer): Plaintext | null {
    const nonce = Buffer.from(this.#iv)
    nonce.writeUInt32BE((nonce.readUInt32BE(IV_LENGTH - 4) ^ this.#records) >>> 0, IV_LENGTH - 4)
    this.#records += 1
    const decipher = createDecipheriv(this.#suite.cipher as 'aes-128-gcm', this.#key, nonce, {
      authTagLength: TAG_LENGTH,
    })
    decipher.setAAD(header)
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH))
    try {
      const inner = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_LENGTH)), decipher.final()])
      // Zeros may pad it, and the type is the last octet that is none.
      const end = inner.findLastIndex(octet => octet !== 0)
      return { type: inner[end] ?? 0, content: inner.subarray(0, end) }
    } catch {
      return null
    }
  }
}

/** HKDF-Expand-Label with an empty context, for lengths of at most one block (RFC 8446 section 7.1, RFC 5869 section 2.3). */
function expandLabel(hash: Suite['hash'], secret: Buffer, name: string, length: number): Buffer {
  const label = Buffer.from(`tls13 ${name}`)
  const info = Buffer.concat([Buffer.of(length >> 8, length & 0xff, label.length), label, Buffer.of(0, 1)])
  return createHmac(hash, secret).update(info).digest().subarray(0, length)
}
