import type { Socket } from 'node:net'
import type { Deadlines, Timed } from '../core/deadlines.ts'
import type { Identity } from '../identity/identity.ts'
import { UpstreamConnection } from './connection.ts'
import { type Dialled, type DialOptions, dial, HTTP1_ONLY, type Reached, reach, secure } from './dial.ts'
import { Origin } from './origin.ts'
import { type Route, routeKey } from './route.ts'

/** How long the TLS session of an origin without connections is kept, in milliseconds. */
const SESSION_LIFETIME = 300_000

/** How often what is not needed any more is looked for, in milliseconds. */
const SWEEP_EVERY = 200

export interface PoolOptions extends DialOptions {
  /** Milliseconds after which an idle connection is closed. */
  readonly idleTimeout: number
}

/** All upstream connections, by route: an identity's generation is part of it, so identities never share a connection. */
export class Pool implements Timed {
  deadline = performance.now() + SWEEP_EVERY
  readonly #origins = new Map<string, Origin>()
  readonly #options: PoolOptions
  readonly #deadlines: Deadlines
  /** Origins whose identity is gone, while they still have connections. */
  readonly #retiring = new Set<Origin>()
  /** What was reached and is not a connection of an origin: a tunnel's, or not yet anybody's. */
  readonly #bare = new Set<Socket>()

  constructor(options: PoolOptions) {
    this.#options = options
    this.#deadlines = options.deadlines
    this.#deadlines.watch(this)
  }

  /** The origin of a route; the same object for equal routes as long as it is in use. */
  origin(route: Route): Origin {
    const key = routeKey(route)
    let origin = this.#origins.get(key)
    if (origin === undefined) {
      origin = new Origin(route, this.#options.idleTimeout)
      this.#origins.set(key, origin)
    }
    return origin
  }

  /** A new connection; `endToEnd` as for `dial`. Rejects with a `CerthopError`. */
  connect(origin: Origin, endToEnd = false): Promise<UpstreamConnection> {
    return this.#add(origin, dial(origin.route, origin, this.#options, endToEnd))
  }

  /** A TCP connection to an origin, for `secure` or for a tunnel. Rejects with a `CerthopError`. */
  async reach(origin: Origin): Promise<Reached> {
    const reached = await reach(origin.route, this.#options)
    const { socket } = reached
    this.#bare.add(socket)
    socket.once('close', () => this.#bare.delete(socket))
    return reached
  }

  /** Makes a connection of what `reach` gave; offers `protocols` by ALPN. Rejects with a `CerthopError`. */
  secure(
    origin: Origin,
    reached: Reached,
    protocols: readonly string[] = HTTP1_ONLY,
  ): Promise<UpstreamConnection> {
    this.#bare.delete(reached.socket)
    return this.#add(origin, secure(origin.route, reached, protocols, origin, this.#options))
  }

  async #add(origin: Origin, dialling: Promise<Dialled>): Promise<UpstreamConnection> {
    const dialled = await dialling.catch(error => {
      // The server may speak another protocol by now, and is asked again.
      origin.protocol = null
      throw error
    })
    const connection = new UpstreamConnection(origin, dialled)
    origin.add(connection)
    if (origin.retired) this.#retiring.add(origin)
    this.#deadlines.watch(connection)
    dialled.socket.once('close', () => this.#deadlines.forget(connection))
    return connection
  }

  /** Closes at once what is idle under `identity`; exchanges in progress may take `grace` milliseconds to finish. */
  retire(identity: Identity, grace: number): void {
    for (const [key, origin] of this.#origins) {
      if (origin.route.identity !== identity) continue
      origin.retire(grace)
      this.#origins.delete(key)
      if (origin.connections > 0) this.#retiring.add(origin)
    }
  }

  /** How many there are now: with a request or as a tunnel's, and waiting for one. */
  count(): { active: number; idle: number } {
    let active = this.#bare.size
    let all = active
    for (const origins of [this.#origins.values(), this.#retiring]) {
      for (const origin of origins) {
        active += origin.active
        all += origin.connections
      }
    }
    return { active, idle: all - active }
  }

  /** Ends everything at once. */
  close(): void {
    this.#deadlines.forget(this)
    for (const origin of [...this.#origins.values(), ...this.#retiring]) origin.destroyAll()
    this.#origins.clear()
    this.#retiring.clear()
  }

  expire(): void {
    const now = performance.now()
    this.deadline = now + SWEEP_EVERY
    for (const origin of this.#retiring) {
      if (origin.connections === 0) this.#retiring.delete(origin)
      else if (origin.deadline <= now) origin.destroyAll()
    }
    for (const [key, origin] of this.#origins) {
      if (origin.unusedSince(now) > SESSION_LIFETIME) this.#origins.delete(key)
    }
  }
}
