import { CerthopError } from '../core/errors.ts'
import type { Identity } from '../identity/identity.ts'
import type { SelectableEntry } from './entry.ts'
import type { HostPattern } from './pattern.ts'
import type { Selection } from './selection.ts'

/** An entry together with the pattern by which it matches a host. Keeps its selections, so that choosing it again allocates nothing. */
export class Candidate {
  readonly entry: SelectableEntry
  readonly pattern: HostPattern
  readonly rule: 'full' | 'wildcard'
  readonly #port: number | null
  readonly #notBefore: number
  readonly #notAfter: number
  readonly #generation: number
  // Made on first use: of thousands of entries a run selects few.
  #selection: Selection | null = null
  #expired: Selection | null = null

  constructor(entry: SelectableEntry, pattern: HostPattern, generation: number) {
    this.entry = entry
    this.pattern = pattern
    this.rule = pattern.host === null ? 'wildcard' : 'full'
    this.#port = entry.port
    this.#notBefore = entry.facts?.notBefore ?? Number.NEGATIVE_INFINITY
    this.#notAfter = entry.facts?.notAfter ?? Number.POSITIVE_INFINITY
    this.#generation = generation
  }

  acceptsPort(port: number): boolean {
    return this.#port === null || this.#port === port
  }

  /** Whether it is for a request of these groups. */
  acceptsGroups(groups: readonly string[]): boolean {
    const { groups: own } = this.entry
    return own === null || groups.some(group => own.includes(group))
  }

  /** False while the certificate is not valid yet: until then it is as if the entry were not there. */
  hasBegun(now: number): boolean {
    return now >= this.#notBefore
  }

  select(now: number): Selection {
    const { identity, error } = this.entry
    if (now <= this.#notAfter || error !== null) {
      this.#selection ??= this.#selectionOf(identity, error)
      return this.#selection
    }
    this.#expired ??= this.#selectionOf(null, expiredError(this.entry.id, this.#notAfter))
    return this.#expired
  }

  #selectionOf(identity: Identity | null, error: CerthopError | null): Selection {
    return { rule: this.rule, entry: this.entry, identity, error, generation: this.#generation }
  }
}

/** For a certificate whose last moment, in milliseconds since 1970, has passed. */
export function expiredError(id: string, notAfter: number): CerthopError {
  const message = `the certificate of \`${id}\` expired at ${new Date(notAfter).toISOString()}`
  return new CerthopError('client_certificate_expired', message, {
    hint: 'put the renewed certificate in its place, or add it as a newer entry',
  })
}
