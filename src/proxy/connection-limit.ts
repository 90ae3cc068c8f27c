/** How many connections runners may have, over all threads that count in the same memory. */
export class ConnectionLimit {
  readonly maximum: number
  readonly #open: Int32Array

  constructor(maximum: number, memory: SharedArrayBuffer = ConnectionLimit.memory()) {
    this.maximum = maximum
    this.#open = new Int32Array(memory)
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  }

  /** False when there are as many as there may be. Otherwise there is one more, until `release`. */
  take(): boolean {
    if (Atomics.add(this.#open, 0, 1) < this.maximum) return true
    this.release()
    return false
  }

  release(): void {
    Atomics.sub(this.#open, 0, 1)
  }
}
