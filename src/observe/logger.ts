import type { Writable } from 'node:stream'
import { pino } from 'pino'
import { accessLine } from './access-line.ts'
import type { Events } from './events.ts'
import { LineBuffer } from './line-buffer.ts'
import { showRecord } from './shown-record.ts'

export interface LogSettings {
  readonly level: string
  /** One line a request. */
  readonly access: boolean
  /** Show query values; they are masked otherwise. */
  readonly query: boolean
}

/** Logs what happens as JSON lines, on the process's stderr or on `stream`. `close` writes what is still held. */
export function startLogger(events: Events, settings: LogSettings, stream?: Writable): { close(): void } {
  const buffer = stream === undefined || stream === process.stderr ? bufferedStderr() : null
  const output = buffer ?? (stream as Writable)
  const logger = pino({ level: settings.level, base: null }, output)
  const onExit = () => buffer?.flush()
  process.on('exit', onExit)

  events.onNotice(({ level, message, fields }) => {
    logger[level](fields, message)
    buffer?.flush()
  })
  if (settings.access && logger.isLevelEnabled('info')) {
    const level = logger.levels.values['info'] as number
    events.onRequest(record => output.write(accessLine(level, record.endedAt, showRecord(record, settings))))
  }
  return {
    close() {
      process.off('exit', onExit)
      buffer?.close()
    },
  }
}

/** pino's destination sees to a stderr that is closed, or not ready. */
function bufferedStderr(): LineBuffer {
  const destination = pino.destination({ dest: 2, sync: true })
  return new LineBuffer(lines => destination.write(lines))
}
