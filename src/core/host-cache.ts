/**
 * A bounded map from host to value that keeps what was used of late. A hit in the current half is one look-up and writes
 * nothing; when the current half is full it becomes the previous one, and what nobody asked for since is dropped.
 */
export class HostCache<Value> {
  readonly #half: number
  #current = new Map<string, Value>()
  #previous = new Map<string, Value>()

  /** At most `capacity` hosts are held. */
  constructor(capacity: number) {
    this.#half = Math.max(1, Math.floor(capacity / 2))
  }

  get size(): number {
    return this.#current.size + this.#previous.size
  }

  get(host: string): Value | undefined {
    const found = this.#current.get(host)
    if (found !== undefined) return found
    const older = this.#previous.get(host)
    if (older === undefined) return undefined
    this.#previous.delete(host)
    this.set(host, older)
    return older
  }

  set(host: string, value: Value): void {
    if (this.#current.size >= this.#half) {
      this.#previous = this.#current
      this.#current = new Map()
    }
    this.#current.set(host, value)
  }
}
