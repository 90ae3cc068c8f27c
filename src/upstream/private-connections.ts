import type { UpstreamConnection } from './connection.ts'
import type { Origin } from './origin.ts'

/**
 * The idle upstream connections that belong to one client connection alone: all of them where the settings say
 * `reuse: connection`, otherwise those on which NTLM or Negotiate was spoken, because these authenticate the
 * connection and with it whoever uses it next (RFC 4559 section 6).
 */
export class PrivateConnections {
  readonly #idle = new Map<Origin, UpstreamConnection[]>()

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
  }
}
