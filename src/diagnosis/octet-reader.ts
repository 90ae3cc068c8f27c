/** Reads the presentation language of TLS (RFC 8446 section 3). Throws RangeError past the end. */
export class OctetReader {
  readonly #octets: Buffer
  #position = 0

  constructor(octets: Buffer) {
    this.#octets = octets
  }

  get done(): boolean {
    return this.#position === this.#octets.length
  }

  /** An unsigned number of `size` octets, 1 to 4. */
  number(size: number): number {
    const number = this.#octets.readUIntBE(this.#position, size)
    this.#position += size
    return number
  }

  octets(length: number): Buffer {
    const end = this.#position + length
    if (end > this.#octets.length) throw new RangeError('There are fewer octets than were announced')
    const octets = this.#octets.subarray(this.#position, end)
    this.#position = end
    return octets
  }

  /** A vector whose length stands in front of it, in `size` octets. */
  vector(size: number): OctetReader {
    return new OctetReader(this.octets(this.number(size)))
  }

  rest(): Buffer {
    return this.octets(this.#octets.length - this.#position)
  }
}
