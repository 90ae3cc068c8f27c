import type { Deadlines, Timed } from '../core/deadlines.ts'
import type { Entry } from './entry.ts'

/** How often the clock is looked at, in milliseconds. */
const LOOK_EVERY = 1000

interface DatedRegistry {
  readonly current: { readonly entries: readonly Pick<Entry, 'facts'>[] }
}

/**
 * Tells when a certificate of the registry begins or ends to be valid, which changes who wins without a reload. A clock
 * that is set, either way, is noticed as well: no timer is set for the moment itself.
 */
export class ValidityChanges implements Timed {
  deadline = performance.now() + LOOK_EVERY
  readonly #registry: DatedRegistry
  readonly #onChange: () => void
  /** Between the two nothing changes; milliseconds since 1970, the first one included. */
  #since = 0
  #until = 0

  constructor(registry: DatedRegistry, deadlines: Deadlines, onChange: () => void) {
    this.#registry = registry
    this.#onChange = onChange
    this.registryChanged()
    deadlines.watch(this)
  }

  /** To be called when another snapshot is in force. */
  registryChanged(): void {
    this.#measure(Date.now())
  }

  expire(): void {
    this.deadline = performance.now() + LOOK_EVERY
    const now = Date.now()
    if (now >= this.#since && now < this.#until) return
    this.#measure(now)
    this.#onChange()
  }

  #measure(now: number): void {
    this.#since = Number.NEGATIVE_INFINITY
    this.#until = Number.POSITIVE_INFINITY
    for (const { facts } of this.#registry.current.entries) {
      if (facts === null) continue
      this.#add(facts.notBefore, now)
      // The last millisecond is still valid (RFC 5280 section 4.1.2.5).
      this.#add(facts.notAfter + 1, now)
    }
  }

  #add(moment: number, now: number): void {
    if (moment <= now) this.#since = Math.max(this.#since, moment)
    else this.#until = Math.min(this.#until, moment)
  }
}
