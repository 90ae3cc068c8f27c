import type { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Events } from './events.ts'
import { showRecord } from './shown-record.ts'

export interface LogSettings {
  readonly level: string
  /** One line a request. */
  readonly access: boolean
  /** Show query values; they are masked otherwise. */
  readonly query: boolean
}

/** How long access lines may wait for company before they are written, in milliseconds. */
const FLUSH_AFTER = 200
const BUFFER_BYTES = 8192

/** Logs what happens as JSON lines, on the process's stderr or on `stream`. `close` writes what is still held. */
export function startLogger(events: Events, settings: LogSettings, stream?: Writable): { close(): void } {
  const buffered = stream === undefined || stream === process.stderr ? bufferedStderr() : null
  const logger = pino({ level: settings.level, base: null }, buffered ?? (stream as Writable))
  const onExit = () => buffered?.flushSync()
  process.on('exit', onExit)

  events.onNotice(({ level, message, fields }) => {
    logger[level](fields, message)
    buffered?.flush()
  })
  if (settings.access && logger.isLevelEnabled('info')) {
    events.onRequest(record => logger.info(showRecord(record, settings), 'request'))
  }
  return {
    close() {
      process.off('exit', onExit)
      buffered?.end()
    },
  }
}

function bufferedStderr() {
  return pino.destination({ dest: 2, sync: true, minLength: BUFFER_BYTES, periodicFlush: FLUSH_AFTER })
}
