import { accessLine } from './access-line.ts'
import type { RequestRecord } from './events.ts'
import { showRecord } from './shown-record.ts'

/** How long a line may wait for company, in milliseconds. */
const FLUSH_AFTER = 200

/** Lines that are made and written together: their code and what it works on is in the processor's cache but once then. */
const TOGETHER = 64

export interface AccessLogOptions {
  /** pino's number for the level of the lines. */
  readonly level: number
  /** As for `showRecord`. */
  readonly query: boolean
  /** Every line is written at once. */
  readonly unbuffered: boolean
}

/** Writes a line for every request, many at a time. */
export class AccessLog {
  readonly #write: (lines: string) => void
  readonly #options: AccessLogOptions
  readonly #together: number
  readonly #timer: NodeJS.Timeout
  #waiting: RequestRecord[] = []

  constructor(write: (lines: string) => void, options: AccessLogOptions) {
    this.#write = write
    this.#options = options
    this.#together = options.unbuffered ? 1 : TOGETHER
    this.#timer = setInterval(() => this.flush(), FLUSH_AFTER).unref()
  }

  add(record: RequestRecord): void {
    this.#waiting.push(record)
    if (this.#waiting.length >= this.#together) this.flush()
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const { level } = this.#options
    const records = this.#waiting
    this.#waiting = []
    let lines = ''
    for (const record of records)
      lines += accessLine(level, record.endedAt, showRecord(record, this.#options))
    this.#write(lines)
  }

  close(): void {
    clearInterval(this.#timer)
    this.flush()
  }
}
