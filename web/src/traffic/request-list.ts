import type { ShownRecord } from '../../../src/admin/schemas.ts'

/** How many requests the page keeps. */
const KEPT_REQUESTS = 10_000

/**
 * The latest requests in the order in which they ended, each once, and those of them that a filter lets through. While it
 * is held, what arrives waits and nothing that is shown moves; the list never keeps more than `limit` of either.
 */
export class RequestList {
  readonly #limit: number
  readonly #known = new Set<string>()
  readonly #all: ShownRecord[] = []
  readonly #shown: ShownRecord[] = []
  #waiting: ShownRecord[] = []
  #held = false
  #matches: (request: ShownRecord) => boolean = () => true

  constructor(limit = KEPT_REQUESTS) {
    this.#limit = limit
  }

  /** How many are kept, those that wait not counted. */
  get total(): number {
    return this.#all.length
  }

  /** How many the filter lets through. */
  get length(): number {
    return this.#shown.length
  }

  /** The newest is at 0. */
  at(index: number): ShownRecord | undefined {
    return this.#shown[this.#shown.length - 1 - index]
  }

  /** Where a request is among those that the filter lets through; -1 when it is not. */
  indexOf(requestId: string): number {
    const place = this.#shown.findLastIndex(request => request.requestId === requestId)
    return place === -1 ? -1 : this.#shown.length - 1 - place
  }

  /** Among all that are kept or wait, whether the filter lets it through or not. */
  find(requestId: string): ShownRecord | undefined {
    if (!this.#known.has(requestId)) return undefined
    const isWanted = (request: ShownRecord) => request.requestId === requestId
    return this.#all.findLast(isWanted) ?? this.#waiting.findLast(isWanted)
  }

  /** All that are kept, the oldest first. */
  get all(): readonly ShownRecord[] {
    return this.#all
  }

  /** How many that the filter lets through would come in, were the list not held. */
  get waiting(): number {
    return this.#waiting.filter(this.#matches).length
  }

  /** Takes requests in the order in which they ended. Those that it knows are left out. */
  add(requests: readonly ShownRecord[]): void {
    const unknown = requests.filter(({ requestId }) => {
      if (this.#known.has(requestId)) return false
      this.#known.add(requestId)
      return true
    })
    if (this.#held) this.#wait(unknown)
    else this.#append(unknown)
  }

  /** From now on what arrives waits. */
  hold(): void {
    this.#held = true
  }

  /** Lets in what has waited. */
  release(): void {
    this.#held = false
    const arrived = this.#waiting
    this.#waiting = []
    this.#append(arrived)
  }

  filter(matches: (request: ShownRecord) => boolean): void {
    this.#matches = matches
    this.#shown.length = 0
    for (const request of this.#all) if (matches(request)) this.#shown.push(request)
  }

  clear(): void {
    this.#known.clear()
    this.#all.length = 0
    this.#shown.length = 0
    this.#waiting = []
  }

  #append(requests: readonly ShownRecord[]): void {
    for (const request of requests) {
      this.#all.push(request)
      if (this.#matches(request)) this.#shown.push(request)
    }
    this.#forgetOldest()
  }

  #wait(requests: readonly ShownRecord[]): void {
    for (const request of requests) this.#waiting.push(request)
    for (const { requestId } of this.#waiting.splice(0, this.#waiting.length - this.#limit))
      this.#known.delete(requestId)
  }

  #forgetOldest(): void {
    const forgotten = this.#all.splice(0, Math.max(0, this.#all.length - this.#limit))
    let shown = 0
    for (const request of forgotten) {
      this.#known.delete(request.requestId)
      if (this.#shown[shown] === request) shown += 1
    }
    this.#shown.splice(0, shown)
  }
}
