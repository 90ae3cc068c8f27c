/** One `-----BEGIN …-----` block (RFC 7468), with anything around it cut off. */
export interface PemBlock {
  readonly label: string
  /** The whole block, markers included. */
  readonly text: string
}

/** Every complete block of a text, in order. Text outside of blocks is explanatory (RFC 7468 section 2) and ignored. */
export function readPemBlocks(text: string): PemBlock[] {
  return Array.from(text.matchAll(BLOCK), ([block, label = '']) => ({ label, text: `${block}\n` }))
}

export function isCertificate({ label }: PemBlock): boolean {
  return label === 'CERTIFICATE' || label === 'X509 CERTIFICATE'
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY')
}

/** PKCS#8 says so in its label, the older forms in a header (RFC 1421 section 4.6.1.1). */
export function isEncryptedKey({ label, text }: PemBlock): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: *4, *ENCRYPTED/m.test(text)
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*(?:-[^-]+)*-----END \1-----/g

/** What to do about a file in which no block of the wanted kind was found. */
export function adviceFor(content: Buffer, found: readonly PemBlock[]): string {
  const [first] = found
  if (first !== undefined) return `it holds a ${first.label.toLowerCase()} instead`
  if (content.length === 0) return 'it is empty'
  if (content[0] === DER_SEQUENCE) return 'it looks like DER or PKCS#12; convert it to PEM with `openssl`'
  return 'it is not PEM: a block starts with -----BEGIN and ends with -----END'
}

/** The first byte of every certificate, key and PKCS#12 file in binary form (X.690). */
const DER_SEQUENCE = 0x30
