import type { Socket } from 'node:net'

/** Smaller pieces share their memory with others, and cost too little to care. */
const SMALLEST = 4096

/**
 * Writes what was read from one socket to another, and gives its memory back as soon as it is written.
 *
 * Left to the garbage collector, what is read reaches V8's limit of memory outside its heap before a collection of the
 * young finds it, and then everything is collected, a dozen times a second: more than half of what a large body costs.
 * Node hands out slices of slabs, which don't overlap. A slab of which every octet was written through here has no other
 * reader, so it is detached, which frees it at once.
 */
export class Passage {
  readonly #writing: Buffer[] = []
  #slab: ArrayBufferLike | null = null
  #written = 0

  /** `bytes` came from a socket, and nobody reads them after this. Returns what `to.write` does. */
  write(to: Socket, bytes: Buffer): boolean {
    if (bytes.length < SMALLEST) return to.write(bytes)
    this.#writing.push(bytes)
    return to.write(bytes, this.#onWritten)
  }

  /** Called in the order of the writes, with an error when there is nothing to be done for it. */
  readonly #onWritten = (error?: Error | null): void => {
    const bytes = this.#writing.shift()
    if (bytes !== undefined && !error) this.#account(bytes)
  }

  #account({ buffer, length }: Buffer): void {
    if (buffer !== this.#slab) {
      this.#slab = buffer
      this.#written = 0
    }
    this.#written += length
    if (this.#written < buffer.byteLength) return
    this.#slab = null
    if (buffer instanceof ArrayBuffer) buffer.transfer(0)
  }
}
