/** The first octet of an element (X.690 section 8.1.2): ASN.1's own types, and those of X.509 that are told by context. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Of a certificate (RFC 5280 section 4.1). */
  extensions: 0xa3,
  /** Of a subject alternative name (RFC 5280 section 4.2.1.6). */
  dnsName: 0x82,
  ipAddress: 0x87,
  /** Of an authority key identifier (RFC 5280 section 4.2.1.1). */
  keyIdentifier: 0x80,
} as const

/** One element: tag, length and the concatenation of `contents`. */
export function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  return Buffer.concat([header(tag, length), ...contents])
}

/** The elements that a constructed element consists of, headers included. `der` must be sound. */
export function children(der: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let offset = measure(der, 0).content; offset < der.length; ) {
    const { end } = measure(der, offset)
    found.push(der.subarray(offset, end))
    offset = end
  }
  return found
}

/** What stands behind an element's header. */
export function contentOf(der: Buffer): Buffer {
  return der.subarray(measure(der, 0).content)
}

/** The shortest form of a length is the only one (X.690 section 10.1). */
function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length])
  if (length < 0x100) return Buffer.from([tag, 0x81, length])
  return Buffer.from([tag, 0x82, length >> 8, length & 0xff])
}

function measure(der: Buffer, offset: number): { content: number; end: number } {
  const first = der.readUInt8(offset + 1)
  if (first < 0x80) return { content: offset + 2, end: offset + 2 + first }
  const content = offset + 2 + (first & 0x7f)
  return { content, end: content + der.readUIntBE(offset + 2, first & 0x7f) }
}
