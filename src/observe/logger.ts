import type { Writable } from 'node:stream'
import { pino } from 'pino'
import { AccessLog } from './access-log.ts'
import type { Events } from './events.ts'

export interface LogSettings {
  readonly level: string
  /** One line a request. */
  readonly access: boolean
  /** Show query values; they are masked otherwise. */
  readonly query: boolean
}

/** Logs what happens as JSON lines, on the process's stderr or on `stream`. `close` writes what is still held. */
export function startLogger(events: Events, settings: LogSettings, stream?: Writable): { close(): void } {
  const { level, access, query } = settings
  const isStderr = stream === undefined || stream === process.stderr
  // It sees to a stderr that is closed, or not ready.
  const output = isStderr ? pino.destination({ dest: 2, sync: true }) : stream
  const logger = pino({ level, base: null }, output)
  let accessLog: AccessLog | null = null
  if (access && logger.isLevelEnabled('info')) {
    const options = { level: pino.levels.values['info'] as number, query, unbuffered: !isStderr }
    const log = new AccessLog(lines => output.write(lines), options)
    events.onRequest(record => log.add(record))
    accessLog = log
  }
  const onExit = () => accessLog?.flush()
  process.on('exit', onExit)
  events.onNotice(({ level, message, fields }) => {
    // What came before is written before.
    accessLog?.flush()
    logger[level](fields, message)
  })
  return {
    close() {
      process.off('exit', onExit)
      accessLog?.close()
    },
  }
}
