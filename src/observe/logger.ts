import type { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Events, RequestRecord } from './events.ts'

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

/** What waits while nothing can be written, on a full disk for example, in octets; lines that come on top are lost. */
const LONGEST_BACKLOG = 1024 ** 2

/** Logs what happens as JSON lines, on the process's stderr or on `stream`. `close` writes what is still held. */
export function startLogger(events: Events, settings: LogSettings, stream?: Writable): { close(): void } {
  const buffered = stream === undefined || stream === process.stderr ? bufferedStderr() : null
  const logger = pino({ level: settings.level, base: null }, buffered ?? (stream as Writable))
  // Twice, because what could not be written earlier goes by itself. Never `flushSync`, which does not return until it can.
  const onExit = () => {
    buffered?.flush()
    buffered?.flush()
  }
  process.on('exit', onExit)

  events.onNotice(({ level, message, fields }) => {
    logger[level](fields, message)
    buffered?.flush()
  })
  if (settings.access && logger.isLevelEnabled('info')) {
    events.onRequest(record => logger.info(shown(record, settings.query), 'request'))
  }
  return {
    close() {
      process.off('exit', onExit)
      buffered?.end()
    },
  }
}

function bufferedStderr() {
  const destination = pino.destination({
    dest: 2,
    sync: true,
    minLength: BUFFER_BYTES,
    maxLength: LONGEST_BACKLOG,
    periodicFlush: FLUSH_AFTER,
  })
  // Requests go on without a log, and it goes on when it can be written again.
  return destination.on('error', () => {})
}

function shown(record: RequestRecord, query: boolean): RequestRecord {
  return {
    ...record,
    path: query ? record.path : maskQuery(record.path),
    dnsMs: rounded(record.dnsMs),
    connectMs: rounded(record.connectMs),
    tlsMs: rounded(record.tlsMs),
    firstByteMs: rounded(record.firstByteMs),
    totalMs: rounded(record.totalMs),
  }
}

/** To microseconds. */
function rounded<T extends number | null>(milliseconds: T): T {
  return (milliseconds === null ? null : Math.round(milliseconds * 1000) / 1000) as T
}

/** Query values may be tokens: names stay, values go, and so does what could be either. */
function maskQuery(path: string | null): string | null {
  const start = path?.indexOf('?') ?? -1
  if (path === null || start === -1) return path
  const members = path.slice(start + 1).split('&')
  return `${path.slice(0, start)}?${members.map(maskMember).join('&')}`
}

function maskMember(member: string): string {
  const equals = member.indexOf('=')
  return equals === -1 ? '***' : `${member.slice(0, equals)}=***`
}
