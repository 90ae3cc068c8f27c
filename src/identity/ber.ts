/** What is not BER, or cut off. */
export class MalformedBer extends Error {
  override readonly name = 'MalformedBer'
}

/** Deeper than any certificate bundle, and far from the end of the stack. */
const MAX_DEPTH = 32

/** Identifier octets, with the bit that says whether an element is constructed (X.690 section 8.1.2). */
export const Tag = {
  integer: 0x02,
  octetString: 0x04,
  objectIdentifier: 0x06,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

const CONSTRUCTED = 0x20

/** The octet of a context-specific tag, such as `[0]`, around other elements. */
export function context(number: number): number {
  return 0xa0 | number
}

/** One element of BER (X.690), of definite or indefinite length. Contents are views of the buffer that was read. */
export class BerElement {
  readonly tag: number
  readonly content: Buffer
  /** The length of the whole element, in bytes. */
  readonly size: number

  private constructor(tag: number, content: Buffer, size: number) {
    this.tag = tag
    this.content = content
    this.size = size
  }

  /** The element that `bytes` starts with. Throws `MalformedBer`. */
  static read(bytes: Buffer, depth = 0): BerElement {
    const [tag = 0, first] = bytes
    if (first === undefined || (tag & 0x1f) === 0x1f) throw new MalformedBer('no element')
    if (first === 0x80) return BerElement.#readIndefinite(bytes, tag, depth)
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f
    const start = 2 + lengthBytes
    if (lengthBytes > 4 || bytes.length < start) throw new MalformedBer('no length')
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes)
    if (bytes.length < start + length) throw new MalformedBer('cut off')
    return new BerElement(tag, bytes.subarray(start, start + length), start + length)
  }

  /** Its content goes on to an element of two zeros (section 8.1.3.6). */
  static #readIndefinite(bytes: Buffer, tag: number, depth: number): BerElement {
    if ((tag & CONSTRUCTED) === 0 || depth > MAX_DEPTH) throw new MalformedBer('no end')
    for (let at = 2; ; ) {
      if (bytes[at] === 0 && bytes[at + 1] === 0) return new BerElement(tag, bytes.subarray(2, at), at + 2)
      at += BerElement.read(bytes.subarray(at), depth + 1).size
    }
  }

  /** The elements inside. Throws `MalformedBer` for content that is not made of elements, or when the tag is another. */
  children(tag: number = Tag.sequence): BerElement[] {
    if (this.tag !== tag) throw new MalformedBer(`tag ${this.tag} instead of ${tag}`)
    const children: BerElement[] = []
    for (let at = 0; at < this.content.length; ) {
      const child = BerElement.read(this.content.subarray(at))
      children.push(child)
      at += child.size
    }
    return children
  }

  /** The content of an OCTET STRING, put together when it comes in pieces (section 8.7). `tag` when it has an implicit one. */
  octets(tag: number = Tag.octetString, depth = 0): Buffer {
    if (this.tag === tag) return this.content
    if (depth > MAX_DEPTH) throw new MalformedBer('too deep')
    const pieces = this.children(tag | CONSTRUCTED)
    return Buffer.concat(pieces.map(piece => piece.octets(Tag.octetString, depth + 1)))
  }

  /** The value of an INTEGER that is not negative and below 2^31. */
  integer(): number {
    const { tag, content } = this
    const value = content.length === 0 || content.length > 4 ? -1 : content.readIntBE(0, content.length)
    if (tag !== Tag.integer || value < 0) throw new MalformedBer('no such number')
    return value
  }

  /** The value of an OBJECT IDENTIFIER, as `1.2.840.113549` (section 8.19). */
  identifier(): string {
    if (this.tag !== Tag.objectIdentifier) throw new MalformedBer('no object identifier')
    const arcs: number[] = []
    let value = 0
    for (const octet of this.content) {
      value = value * 128 + (octet & 0x7f)
      if (octet < 0x80) {
        arcs.push(value)
        value = 0
      }
    }
    const [first = 0, ...rest] = arcs
    const root = Math.min(2, Math.floor(first / 40))
    return [root, first - 40 * root, ...rest].join('.')
  }
}

/** The element at `index`, which has to be there. */
export function elementAt(elements: readonly BerElement[], index: number): BerElement {
  const element = elements[index]
  if (element === undefined) throw new MalformedBer('an element is missing')
  return element
}
