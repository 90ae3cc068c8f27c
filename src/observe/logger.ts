import type { Writable } from 'node:stream'
import { pino } from 'pino'
import { accessLog } from './access-log.ts'
import type { Batches } from './batches.ts'
import type { Events, RequestRecord } from './events.ts'

export interface LogSettings {
  readonly level: string
  /** One line a request. */
  readonly access: boolean
  /** Show query values; they are masked otherwise. */
  readonly query: boolean
}

/** What waits while nothing can be written, on a full disk for example, in octets; lines that come on top are lost. */
const LONGEST_BACKLOG = 1024 ** 2

/** Logs what happens as JSON lines, on the process's stderr or on `stream`. `close` writes what is still held. */
export function startLogger(events: Events, settings: LogSettings, stream?: Writable): { close(): void } {
  const { level, access, query } = settings
  const isStderr = stream === undefined || stream === process.stderr
  // It sees to a stderr that is closed, or not ready.
  const output = isStderr ? stderr() : stream
  const logger = pino({ level, base: null }, output)
  let lines: Batches<RequestRecord> | null = null
  if (access && logger.isLevelEnabled('info')) {
    const options = { level: pino.levels.values['info'] as number, query, unbuffered: !isStderr }
    const log = accessLog(text => output.write(text), options)
    events.onRequest(record => log.add(record))
    lines = log
  }
  const onExit = () => lines?.flush()
  process.on('exit', onExit)
  events.onNotice(({ level, message, fields }) => {
    // What came before is written before.
    lines?.flush()
    logger[level](fields, message)
  })
  return {
    close() {
      process.off('exit', onExit)
      lines?.close()
    },
  }
}

function stderr() {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: LONGEST_BACKLOG })
  // Requests go on without a log, and it goes on when it can be written again.
  return destination.on('error', () => {})
}
