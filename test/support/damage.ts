import fc from 'fast-check'

/** One of `seeds`, broken in a few places: octets changed, cut off, left out, put in, or repeated. */
export function damaged(...seeds: readonly (Buffer | string)[]): fc.Arbitrary<Buffer> {
  const change = fc.record({
    kind: fc.constantFrom('set', 'cut', 'remove', 'insert', 'repeat'),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    length: fc.integer({ min: 1, max: 40 }),
    octets: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.constantFrom(...DELIMITERS)),
  })
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 5 }))
    .map(([seed, changes]) => changes.reduce(apply, Buffer.from(seed)))
}

/** Where formats begin and end things. */
const DELIMITERS = [
  ...['\r\n', '\n', '\0', '"', '{', '}', '[', ']', ': ', '- ', '&a ', '*a', '!!', '#', '%', '\\', '\u00ff'],
  ...['-----BEGIN ', '-----END ', '-----', '--', '<<: ', '? ', '| ', '\t', '1e999', '0x', '\ufeff'],
].map(text => new Uint8Array(Buffer.from(text)))

interface Change {
  readonly kind: string
  readonly at: number
  readonly length: number
  readonly octets: Uint8Array
}

function apply(bytes: Buffer, { kind, at, length, octets }: Change): Buffer {
  const start = Math.floor(at * (bytes.length + 1))
  const head = bytes.subarray(0, start)
  switch (kind) {
    case 'set':
      return Buffer.concat([head, octets, bytes.subarray(start + octets.length)])
    case 'cut':
      return head
    case 'remove':
      return Buffer.concat([head, bytes.subarray(start + length)])
    case 'insert':
      return Buffer.concat([head, octets, bytes.subarray(start)])
    default:
      return Buffer.concat([
        head,
        ...Array.from({ length }, () => bytes.subarray(start, start + length)),
        bytes.subarray(start),
      ])
  }
}
