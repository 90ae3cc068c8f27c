import type { ErrorCode } from '../core/errors.ts'
import type { Problem } from '../core/problem.ts'
import { Topic } from './topic.ts'

/** How a request came in; `connect-h2` is a whole tunnel, whose streams are not looked at, and `tunnel` one that is not opened. */
export type Way = 'absolute-http' | 'absolute-https' | 'connect-h1' | 'connect-h2' | 'tunnel' | 'websocket'

/**
 * One request that has ended. Milliseconds have a fraction; null stands for what did not happen. Byte
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
  /** Milliseconds since 1970. */
  readonly endedAt: number
  /** A code of the error table, or `client_closed` when the runner went away first. */
  readonly error: string | null
}

/** Something that happened to the process and not to one request; `fields` are shown beside the message. */
export interface Notice {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** One time the registry was read. */
export interface RegistryReload {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly reason: 'start' | 'change' | 'request'
  /** `refused`: what the registry says is not valid; `failed`: it could not be read. Both leave the last good one in force. */
  readonly outcome: 'loaded' | 'unchanged' | 'refused' | 'failed'
  /** Of the snapshot in force since. */
  readonly generation: number
  /** In force since. */
  readonly entries: number
  /** Ids. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** How long it took. */
  readonly ms: number
  readonly problems: readonly Problem[]
}

/** A TLS handshake with a server that has come to its end. */
export interface Handshake {
  /** The id of the entry whose certificate could be presented. */
  readonly certificate: string | null
  readonly resumed: boolean
  /** In TLS 1.3 a server refuses a certificate only behind a handshake that is `ok`. */
  readonly result: 'ok' | ErrorCode
}

/** Settings under `limits` that end connections of runners when they are reached. */
export const CLOSING_LIMITS = ['connections', 'headerTimeout', 'idleTimeout', 'tunnelIdleTimeout'] as const

export type ClosingLimit = (typeof CLOSING_LIMITS)[number]

/** The one stream that feeds log, metrics and whatever else looks on. Each `on…` returns the function that ends it. */
export class Events {
  readonly #requests = new Topic<RequestRecord>()
  readonly #notices = new Topic<Notice>()
  readonly #registry = new Topic<RegistryReload>()
  readonly #handshakes = new Topic<Handshake>()
  readonly #closed = new Topic<ClosingLimit>()
  readonly #recorded = Promise.withResolvers<void>()

  /** Resolves as soon as somebody wants to hear of requests. */
  get recorded(): Promise<void> {
    return this.#recorded.promise
  }

  onRequest(listener: (record: RequestRecord) => void): () => void {
    this.#recorded.resolve()
    return this.#requests.listen(listener)
  }

  onNotice(listener: (notice: Notice) => void): () => void {
    return this.#notices.listen(listener)
  }

  onRegistry(listener: (reload: RegistryReload) => void): () => void {
    return this.#registry.listen(listener)
  }

  onHandshake(listener: (handshake: Handshake) => void): () => void {
    return this.#handshakes.listen(listener)
  }

  onClosed(listener: (limit: ClosingLimit) => void): () => void {
    return this.#closed.listen(listener)
  }

  /** False when nobody looks on, so that nothing need be gathered. */
  get recordsRequests(): boolean {
    return this.#requests.isHeard
  }

  request(record: RequestRecord): void {
    this.#requests.tell(record)
  }

  notice(level: Notice['level'], message: string, fields: Notice['fields'] = {}): void {
    this.#notices.tell({ level, message, fields })
  }

  registry(reload: RegistryReload): void {
    this.#registry.tell(reload)
  }

  handshake(handshake: Handshake): void {
    this.#handshakes.tell(handshake)
  }

  /** A connection of a runner, or a tunnel, was ended because of `limit`. */
  closed(limit: ClosingLimit): void {
    this.#closed.tell(limit)
  }
}
