import type { Socket } from 'node:net'

/** How long a runner may take for its next step before its connection is one that others may have, in milliseconds. */
const GRACE = 1000

/** A connection of a runner, as one of the places that there are for them. */
export interface Place {
  /**
   * Since when certhop has waited for the runner, on the clock of `performance.now()`; Infinity while the runner waits for
   * certhop, has an answer to take, or uses a tunnel.
   */
  readonly waitsSince: number
  /** Ends at once, for the sake of another. */
  giveWay(): void
  drain(): void
  destroy(): void
}

type Places = ReadonlyMap<Socket, Place>

const NOBODY: Places = new Map()

/** All connections of runners, by the addresses that hold them. */
export class Crowd {
  readonly #holders = new Map<string, Map<Socket, Place>>()
  readonly #holding = new Map<Socket, { readonly address: string; readonly places: Map<Socket, Place> }>()

  get size(): number {
    return this.#holding.size
  }

  *places(): Iterable<Place> {
    for (const places of this.#holders.values()) yield* places.values()
  }

  /** `transport` is TCP, and `place` what is made of it: another one later, when there is TLS on top of it. */
  set(transport: Socket, place: Place): void {
    const holding = this.#holding.get(transport) ?? this.#hold(transport)
    holding.places.set(transport, place)
  }

  /** False when it was not there, or not any more. */
  delete(transport: Socket): boolean {
    const holding = this.#holding.get(transport)
    if (holding === undefined) return false
    const { address, places } = holding
    this.#holding.delete(transport)
    places.delete(transport)
    if (places.size === 0) this.#holders.delete(address)
    return true
  }

  /**
   * Takes out the connection that gives way to one from `address`: the one whose runner has been waited for longest, of
   * the address that holds most, or else of the same address. Null when neither has one that is waited for. Looking at ten
   * thousand takes some 80 µs, about as much as accepting one.
   */
  takeLeastNeeded(address: string): Place | null {
    const found = longestWaiting(this.#largest) ?? longestWaiting(this.#holders.get(address) ?? NOBODY)
    if (found === null) return null
    const [transport, place] = found
    this.delete(transport)
    return place
  }

  get #largest(): Places {
    let largest = NOBODY
    for (const places of this.#holders.values()) if (places.size > largest.size) largest = places
    return largest
  }

  #hold(transport: Socket) {
    const address = transport.remoteAddress ?? ''
    let places = this.#holders.get(address)
    if (places === undefined) {
      places = new Map()
      this.#holders.set(address, places)
    }
    const holding = { address, places }
    this.#holding.set(transport, holding)
    return holding
  }
}

function longestWaiting(places: Places): readonly [Socket, Place] | null {
  let found: readonly [Socket, Place] | null = null
  let earliest = performance.now() - GRACE
  for (const held of places) {
    const { waitsSince } = held[1]
    if (waitsSince >= earliest) continue
    earliest = waitsSince
    found = held
  }
  return found
}
