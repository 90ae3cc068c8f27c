import type { Socket } from 'node:net'

/**
 * Writes what was read from one socket to another, and gives its memory back as soon as it is written.
 *
 * Node reads into slabs of 64 KiB, and hands out slices of them. Left to the garbage collector, they reach V8's limit of
 * memory outside its heap before a collection of the young finds them, and everything is collected a dozen times a second:
 * more than half of what a large body costs. A slab of which every octet has been written through here has no other
 * reader, because slices don't overlap; then it is detached, which frees it at once.
 */
export class Passage {
  #slab: ArrayBufferLike | null = null
  #written = 0

  /** `bytes` belong to the passage from now on. Returns what `to.write` does. */
  write(to: Socket, bytes: Buffer): boolean {
    const flowing = to.write(bytes)
    // What the socket still holds is for the collector: it is a slow reader's, and so there is little of it a second.
    if (to.writableLength > 0) this.#slab = null
    else this.#account(bytes)
    return flowing
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
