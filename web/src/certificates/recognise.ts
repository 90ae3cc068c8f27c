/** What a file is for in an entry, by the names of the API. */
export type Part = 'cert' | 'key' | 'ca' | 'pkcs12'

/** The content of one part. */
export interface Piece {
  readonly part: Part
  /** PEM, or base64 for PKCS#12. */
  readonly content: string
  /** A passphrase is needed to open it. */
  readonly isEncrypted: boolean
}

/** What a file holds, or why it is of no use and what to do. */
export type Recognised =
  | { readonly pieces: readonly Piece[] }
  | { readonly message: string; readonly hint: string }

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g

/** Tells by its content, never by its name, what a file holds; one file may hold a certificate and its key. */
export function recognise(bytes: Uint8Array): Recognised {
  const text = new TextDecoder('latin1').decode(bytes)
  const blocks = Array.from(text.matchAll(BLOCK), ([block, label = '']) => ({ label, text: `${block}\n` }))
  if (blocks.length > 0) return recognisePem(blocks)
  if (bytes[0] === DER_SEQUENCE) return recogniseDer(bytes)
  if (text.startsWith('age-encryption.org/')) return AGE
  if (startsWith(bytes, [0xfe, 0xed, 0xfe, 0xed])) {
    return {
      message: 'This is a Java key store.',
      hint: 'Convert it with keytool -importkeystore -deststoretype pkcs12.',
    }
  }
  if (bytes.length === 0) return { message: 'This file is empty.', hint: '' }
  return {
    message: 'This is neither a certificate nor a key.',
    hint: 'PEM files and PKCS#12 bundles (.p12, .pfx) are what certhop takes.',
  }
}

const AGE: Recognised = {
  message: 'This file is encrypted with age.',
  hint: 'Add it with certhop add, which keeps it encrypted.',
}

interface Block {
  readonly label: string
  readonly text: string
}

function recognisePem(blocks: readonly Block[]): Recognised {
  const certificates = blocks.filter(({ label }) => /^(X509 )?CERTIFICATE$/.test(label))
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))
  const pieces: Piece[] = []
  if (certificates.length > 0) {
    const part = key === undefined && certificates.every(isAuthority) ? 'ca' : 'cert'
    pieces.push({ part, content: certificates.map(({ text }) => text).join(''), isEncrypted: false })
  }
  if (key !== undefined) {
    const isEncrypted = key.label.startsWith('ENCRYPTED') || /^Proc-Type: *4, *ENCRYPTED/m.test(key.text)
    pieces.push({ part: 'key', content: key.text, isEncrypted })
  }
  if (pieces.length > 0) return { pieces }
  const [first] = blocks
  if (first?.label === 'AGE ENCRYPTED FILE') return AGE
  return {
    message: `This file holds a ${first?.label.toLowerCase()}.`,
    hint: 'A certificate or a private key is needed.',
  }
}

/** Tags and object identifiers of X.690 and RFC 5280 that tell files apart. */
const DER_SEQUENCE = 0x30
const BASIC_CONSTRAINTS = [0x06, 0x03, 0x55, 0x1d, 0x13]
const CRITICAL = [0x01, 0x01, 0xff]
const PKCS12_VERSION = [0x02, 0x01, 0x03]

/** Whether a certificate says that it may issue others (RFC 5280 section 4.2.1.9). */
function isAuthority({ text }: Block): boolean {
  const bytes = fromBase64(text.replace(/-----[^-]+-----/g, ''))
  const at = indexOf(bytes, BASIC_CONSTRAINTS)
  if (at === -1) return false
  let rest = bytes.subarray(at + BASIC_CONSTRAINTS.length)
  if (startsWith(rest, CRITICAL)) rest = rest.subarray(CRITICAL.length)
  // An OCTET STRING, a SEQUENCE in it, and `cA` as its first member.
  return startsWith(rest.subarray(4), CRITICAL)
}

function recogniseDer(bytes: Uint8Array): Recognised {
  const inside = contentOf(bytes)
  if (startsWith(inside, PKCS12_VERSION)) {
    return { pieces: [{ part: 'pkcs12', content: toBase64(bytes), isEncrypted: true }] }
  }
  const isCertificate = inside[0] === DER_SEQUENCE && contentOf(inside)[0] !== 0x06
  const label = isCertificate ? 'CERTIFICATE' : derKeyLabel(inside)
  const block = { label, text: toPem(label, bytes) }
  return recognisePem([block])
}

/** PKCS#8 (RFC 5958), encrypted or not, PKCS#1 (RFC 8017 appendix A) or SEC1 (RFC 5915). */
function derKeyLabel(inside: Uint8Array): string {
  if (inside[0] === DER_SEQUENCE) return 'ENCRYPTED PRIVATE KEY'
  if (inside[3] === DER_SEQUENCE) return 'PRIVATE KEY'
  return inside[2] === 1 ? 'EC PRIVATE KEY' : 'RSA PRIVATE KEY'
}

/** What follows the tag and the length, which may be of any form. */
function contentOf(bytes: Uint8Array): Uint8Array {
  const length = bytes[1] ?? 0
  return bytes.subarray(length > 0x80 ? 2 + (length & 0x7f) : 2)
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte)
}

function indexOf(bytes: Uint8Array, wanted: readonly number[]): number {
  return bytes.findIndex((_, index) => startsWith(bytes.subarray(index, index + wanted.length), wanted))
}

function toPem(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, '')), character => character.charCodeAt(0))
  } catch {
    return new Uint8Array()
  }
}
