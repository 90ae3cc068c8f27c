import { accessLine } from './access-line.ts'
import { Batches } from './batches.ts'
import type { RequestRecord } from './events.ts'
import { showRecord } from './shown-record.ts'

/** How long a line may wait for company, in milliseconds. */
const WAIT = 200

/** Lines that are made and written together. */
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
export function accessLog(write: (lines: string) => void, options: AccessLogOptions): Batches<RequestRecord> {
  const { level, unbuffered } = options
  return new Batches({ size: unbuffered ? 1 : TOGETHER, wait: WAIT }, records => {
    let lines = ''
    for (const record of records) lines += accessLine(level, record.endedAt, showRecord(record, options))
    write(lines)
  })
}
