/** How a request came in; `connect-h2` is a whole tunnel, whose streams are not looked at, and `tunnel` one that is not opened. */
export type Way = 'absolute-http' | 'absolute-https' | 'connect-h1' | 'connect-h2' | 'tunnel' | 'websocket'

/**
 * One request, as the access log shows it. Milliseconds have a fraction; null stands for what did not happen. Byte
 * counts are of bodies: `bytesIn` what the runner sent, `bytesOut` what it got.
 */
export interface RequestRecord {
  readonly requestId: string
  readonly way: Way | null
  readonly method: string | null
  readonly host: string | null
  readonly port: number | null
  /** Path and query as they came: whoever shows it masks the query. */
  readonly path: string | null
  /** The status the runner got; null when it got none. */
  readonly status: number | null
  /** The id of the registry entry that won. */
  readonly certificate: string | null
  readonly rule: 'full' | 'wildcard' | 'none' | null
  /** Of the registry snapshot that decided. */
  readonly generation: number | null
  /** The upstream connection had served a request before. */
  readonly reused: boolean
  /** The TLS session of the upstream connection was resumed. */
  readonly resumed: boolean
  readonly bytesIn: number
  readonly bytesOut: number
  readonly dnsMs: number | null
  readonly connectMs: number | null
  readonly tlsMs: number | null
  readonly firstByteMs: number | null
  readonly totalMs: number
  /** A code of the error table, or `client_closed` when the runner went away first. */
  readonly error: string | null
}

/** Something that happened to the process and not to one request; `fields` are shown beside the message. */
export interface Notice {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

interface EventMap {
  request: RequestRecord
  notice: Notice
}

type Listener<Name extends keyof EventMap> = (event: EventMap[Name]) => void

/** The one stream that feeds log, metrics and whatever else looks on. Listeners are called in place and must not throw. */
export class Events {
  readonly #requestListeners: Listener<'request'>[] = []
  readonly #noticeListeners: Listener<'notice'>[] = []

  onRequest(listener: Listener<'request'>): void {
    this.#requestListeners.push(listener)
  }

  onNotice(listener: Listener<'notice'>): void {
    this.#noticeListeners.push(listener)
  }

  /** False when nobody looks on, so that nothing need be gathered. */
  get recordsRequests(): boolean {
    return this.#requestListeners.length > 0
  }

  request(record: RequestRecord): void {
    for (const listener of this.#requestListeners) listener(record)
  }

  notice(level: Notice['level'], message: string, fields: Notice['fields'] = {}): void {
    for (const listener of this.#noticeListeners) listener({ level, message, fields })
  }
}
