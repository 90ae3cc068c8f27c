import type { UpstreamConnection } from './connection.ts'
import type { Origin } from './origin.ts'

/**
 * The upstream connections that belong to one client connection alone: what was dialled for its tunnel, and idle ones: all of them where the settings say
 * `reuse: connection`, otherwise those on which NTLM or Negotiate was spoken, because these authenticate the
 * connection and with it whoever uses it next (RFC 4559 section 6).
 */
export class PrivateConnections {
  readonly #idle = new Map<Origin, UpstreamConnection[]>()
  /** One that was begun before the first request asked for it. */
  #prepared: { readonly origin: Origin; readonly connection: Promise<UpstreamConnection> } | null = null

  /** Keeps a connection that is being made for the next request to `origin`, which also gets its failure. */
  prepare(origin: Origin, connection: Promise<UpstreamConnection>): void {
    // Nobody may ever ask for it.
    connection.catch(() => {})
    this.#prepared = { origin, connection }
  }

  takePrepared(origin: Origin): Promise<UpstreamConnection> | null {
    const prepared = this.#prepared
    if (prepared?.origin !== origin) return null
    this.#prepared = null
    return prepared.connection
  }

  take(origin: Origin): UpstreamConnection | null {
    const list = this.#idle.get(origin)
    for (let connection = list?.pop(); connection !== undefined; connection = list?.pop()) {
      if (connection.alive) return connection
    }
    return null
  }

  putBack(connection: UpstreamConnection, idleTimeout: number): void {
    if (connection.origin.retired || !connection.alive) {
      connection.destroy()
      return
    }
    connection.idle(idleTimeout)
    const list = this.#idle.get(connection.origin)
    if (list === undefined) this.#idle.set(connection.origin, [connection])
    else list.push(connection)
  }

  close(): void {
    for (const list of this.#idle.values()) {
      for (const connection of list) connection.destroy()
    }
    this.#idle.clear()
    this.#prepared?.connection.then(
      connection => connection.destroy(),
      () => {},
    )
    this.#prepared = null
  }
}
