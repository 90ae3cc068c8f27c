import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** What a key derived from a passphrase is for (RFC 7292 appendix B.3). */
export const Purpose = { encryption: 1, iv: 2, mac: 3 } as const

/** Far above what any program asks for; a bundle that asks for more would keep a core busy for minutes. */
export const MAX_ITERATIONS = 5_000_000

interface Derivation {
  /** A name of Node's: `sha1`, `sha256`. */
  readonly digest: string
  readonly salt: Buffer
  readonly iterations: number
}

/**
 * Derives `length` bytes as PKCS#12 does for its MAC and its older ciphers (RFC 7292 appendix B.2). A missing passphrase
 * (null) and an empty one give different keys.
 */
export function derivePkcs12Key(
  passphrase: string | null,
  purpose: number,
  { digest, salt, iterations }: Derivation,
  length: number,
): Buffer {
  const blockSize = digest === 'sha384' || digest === 'sha512' ? 128 : 64
  const password = bmpString(passphrase)
  const input = Buffer.concat([repeat(salt, blockSize), repeat(password, blockSize)])
  const diversifier = Buffer.alloc(blockSize, purpose)
  const pieces: Buffer[] = []
  for (let derived = 0; derived < length; ) {
    let piece = hash(digest, Buffer.concat([diversifier, input]), 'buffer')
    for (let i = 1; i < iterations; i += 1) piece = hash(digest, piece, 'buffer')
    pieces.push(piece)
    derived += piece.length
    const summand = Buffer.alloc(blockSize, piece)
    for (let at = 0; at < input.length; at += blockSize) add(input.subarray(at, at + blockSize), summand)
  }
  input.fill(0)
  password.fill(0)
  return Buffer.concat(pieces).subarray(0, length)
}

/** Whether a bundle was protected with this passphrase (RFC 7292 section 4, MacData). */
export function macFits(
  passphrase: string | null,
  derivation: Derivation,
  content: Buffer,
  mac: Buffer,
): boolean {
  const key = derivePkcs12Key(passphrase, Purpose.mac, derivation, mac.length)
  const computed = createHmac(derivation.digest, key).update(content).digest()
  return computed.length === mac.length && timingSafeEqual(computed, mac)
}

/** UTF-16, big-endian, with a zero at the end (RFC 7292 appendix B.1). */
function bmpString(passphrase: string | null): Buffer {
  return passphrase === null ? Buffer.alloc(0) : Buffer.from(`${passphrase}\0`, 'utf16le').swap16()
}

/** As many copies as fill whole blocks, the last one cut off. */
function repeat(bytes: Buffer, blockSize: number): Buffer {
  const size = Math.ceil(bytes.length / blockSize) * blockSize
  return size === 0 ? Buffer.alloc(0) : Buffer.alloc(size, bytes)
}

/** `block + summand + 1`, as numbers of that many bytes. */
function add(block: Buffer, summand: Buffer): void {
  let carry = 1
  for (let i = block.length - 1; i >= 0; i -= 1) {
    carry += (block[i] as number) + (summand[i] as number)
    block[i] = carry & 0xff
    carry >>= 8
  }
}
