interface BatchOptions {
  /** Items that are handed on at once. */
  readonly size: number
  /** Milliseconds that one may wait for company. */
  readonly wait: number
}

/** Hands items on many at a time: their code, and what it works on, is in the processor's cache but once then. */
export class Batches<Item> {
  readonly #size: number
  readonly #handOn: (items: readonly Item[]) => void
  readonly #timer: NodeJS.Timeout
  #waiting: Item[] = []

  constructor({ size, wait }: BatchOptions, handOn: (items: readonly Item[]) => void) {
    this.#size = size
    this.#handOn = handOn
    this.#timer = setInterval(() => this.flush(), wait).unref()
  }

  add(item: Item): void {
    this.#waiting.push(item)
    if (this.#waiting.length >= this.#size) this.flush()
  }

  /** Hands on what waits. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const items = this.#waiting
    this.#waiting = []
    this.#handOn(items)
  }

  close(): void {
    clearInterval(this.#timer)
    this.flush()
  }
}
