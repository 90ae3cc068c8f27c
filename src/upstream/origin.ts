import { CerthopError } from '../core/errors.ts'
import type { UpstreamConnection } from './connection.ts'
import type { SessionStore } from './dial.ts'
import type { Route } from './route.ts'

/** A request that must not be repeated avoids connections that were idle longer than this, in milliseconds: the server may be closing them. */
const FRESH_FOR = 1000

/** The connections and the TLS session of one route. */
export class Origin implements SessionStore {
  readonly route: Route
  session: Buffer | null = null
  /** What the server chose when it was last asked by ALPN, `http/1.1` where it has none; null before it is asked. */
  protocol: string | null = null
  /** When exchanges under a retired identity have to end, on the clock of `performance.now()`; 0 before it is retired. */
  deadline = 0
  /** Last used last: the most recently used connection is the least likely to be closed by the server. */
  readonly #idle: UpstreamConnection[] = []
  readonly #all = new Set<UpstreamConnection>()
  readonly #idleTimeout: number
  #retired = false
  #emptySince = performance.now()

  constructor(route: Route, idleTimeout: number) {
    this.route = route
    this.#idleTimeout = idleTimeout
  }

  /** The identity was removed or replaced: connections in use end with their exchange, and none is kept. */
  get retired(): boolean {
    return this.#retired
  }

  /** HTTP/2 need not be offered: the server has said so, or the entry forbids it. */
  get isHttp1Only(): boolean {
    return this.protocol === 'http/1.1' || this.route.identity?.tls.http2 === false
  }

  get connections(): number {
    return this.#all.size
  }

  /** Those of `connections` that an exchange or a tunnel has. */
  get active(): number {
    let active = 0
    for (const connection of this.#all) if (connection.inUse) active += 1
    return active
  }

  /** A request could go out at once. */
  get hasIdle(): boolean {
    return this.#idle.some(connection => connection.alive)
  }

  /** An idle connection, or null. `repeatable`: the request may be sent again should the connection turn out dead. */
  take(repeatable: boolean): UpstreamConnection | null {
    const oldest = repeatable ? 0 : performance.now() - FRESH_FOR
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.idleSince < oldest) {
        // The others have been idle even longer.
        this.#idle.push(connection)
        return null
      }
      if (connection.alive) return connection
      connection.destroy()
    }
    return null
  }

  add(connection: UpstreamConnection): void {
    this.#all.add(connection)
  }

  /** Keeps a connection for the next request, unless it cannot serve one. */
  putBack(connection: UpstreamConnection): void {
    if (this.#retired || !connection.alive) {
      connection.destroy()
      return
    }
    connection.idle(this.#idleTimeout)
    this.#idle.push(connection)
  }

  forget(connection: UpstreamConnection): void {
    if (this.#all.delete(connection) && this.#all.size === 0) this.#emptySince = performance.now()
    const index = this.#idle.indexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
  }

  /** Milliseconds since the last connection ended; 0 while there is one. */
  unusedSince(now: number): number {
    return this.#all.size === 0 ? now - this.#emptySince : 0
  }

  /** Closes what is idle; exchanges in progress may take `grace` milliseconds more, and the pool sees to that. */
  retire(grace: number): void {
    this.#retired = true
    this.session = null
    this.deadline = performance.now() + grace
    for (const connection of [...this.#all]) connection.retire()
  }

  destroyAll(): void {
    const { host } = this.route
    for (const connection of [...this.#all]) {
      connection.abort(
        new CerthopError('shutting_down', `The connection to ${host} had to end before its exchange did`),
      )
    }
  }
}
