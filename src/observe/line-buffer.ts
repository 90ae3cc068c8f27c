/** How long lines may wait for company, in milliseconds. */
const FLUSH_AFTER = 200

/** In characters: enough that writing costs little a line, and little enough for a pipe to take at once. */
const FULL = 8192

/** Collects lines and writes many at once, so that a line costs no system call. */
export class LineBuffer {
  #held = ''
  readonly #write: (lines: string) => void
  readonly #timer: NodeJS.Timeout

  constructor(write: (lines: string) => void) {
    this.#write = write
    this.#timer = setInterval(() => this.flush(), FLUSH_AFTER).unref()
  }

  write(line: string): void {
    this.#held += line
    if (this.#held.length >= FULL) this.flush()
  }

  /** Writes what is held. */
  flush(): void {
    if (this.#held === '') return
    const lines = this.#held
    this.#held = ''
    this.#write(lines)
  }

  close(): void {
    clearInterval(this.#timer)
    this.flush()
  }
}
