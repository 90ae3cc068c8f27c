import { HostCache } from '../core/host-cache.ts'
import { Candidate } from './candidate.ts'
import type { Entry } from './entry.ts'
import { type Explanation, explain } from './explain.ts'
import type { Selection } from './selection.ts'

const CACHED_HOSTS = 10_000

const NOBODY: readonly Candidate[] = []

/**
 * The registry at one moment, ready for decisions. Immutable but for a cache that nobody can see; a request takes one
 * snapshot and keeps it.
 *
 *     host ── full names: one Map look-up ── newest first ─┐ the first that takes the port
 *       └──── wildcards: bounded cache ───── newest first ─┘ and has begun to be valid wins
 */
export class Snapshot {
  readonly generation: number
  /** In the order of the file. */
  readonly entries: readonly Entry[]
  readonly #full = new Map<string, Candidate[]>()
  readonly #wildcards: readonly (readonly Candidate[])[]
  readonly #matching = new HostCache<readonly Candidate[]>(CACHED_HOSTS)
  readonly #none: Selection

  constructor(generation: number, entries: readonly Entry[]) {
    this.generation = generation
    this.entries = entries
    this.#none = { rule: 'none', entry: null, identity: null, error: null, generation }
    const wildcards: Candidate[][] = []
    for (const entry of entries.toSorted(newestFirst)) {
      const wild: Candidate[] = []
      for (const pattern of entry.patterns) {
        const candidate = new Candidate(entry, pattern, generation)
        if (pattern.host === null) wild.push(candidate)
        else this.#addFull(pattern.host, candidate)
      }
      if (wild.length > 0) wildcards.push(wild)
    }
    this.#wildcards = wildcards
  }

  /**
   * Who wins for a host (as `normalizeHost` returns it) and a port. `now` is milliseconds since 1970: certificates begin
   * and expire without a reload.
   */
  select(host: string, port: number, now: number = Date.now()): Selection {
    const full = this.#full.get(host)
    const winner =
      (full === undefined ? null : firstFor(full, port, now)) ?? firstFor(this.#wildcardsFor(host), port, now)
    return winner === null ? this.#none : winner.select(now)
  }

  /** The same decision with every candidate and its reason; parameters as for `select`. */
  explain(host: string, port: number, now: number = Date.now()): Explanation {
    const full = this.#full.get(host) ?? []
    const named = new Set(full.map(({ entry }) => entry))
    const wildcards = this.#wildcardsFor(host).filter(({ entry }) => !named.has(entry))
    return explain(this.select(host, port, now), [...full, ...wildcards], port, now)
  }

  #addFull(host: string, candidate: Candidate): void {
    const others = this.#full.get(host)
    if (others === undefined) this.#full.set(host, [candidate])
    else if (others.at(-1)?.entry !== candidate.entry) others.push(candidate)
  }

  #wildcardsFor(host: string): readonly Candidate[] {
    const cached = this.#matching.get(host)
    if (cached !== undefined) return cached
    const matching: Candidate[] = []
    for (const alternatives of this.#wildcards) {
      const match = alternatives.find(({ pattern }) => pattern.matches(host))
      if (match !== undefined) matching.push(match)
    }
    this.#matching.set(host, matching.length === 0 ? NOBODY : matching)
    return matching
  }
}

type Dated = Pick<Entry, 'addedAt' | 'position'>

/** The most recently added entry before the others: the later `addedAt`, then the later place in the file. */
export function newestFirst(a: Dated, b: Dated): number {
  return (b.addedAt ?? 0) - (a.addedAt ?? 0) || b.position - a.position
}

function firstFor(candidates: readonly Candidate[], port: number, now: number): Candidate | null {
  for (const candidate of candidates) {
    if (candidate.acceptsPort(port) && candidate.hasBegun(now)) return candidate
  }
  return null
}
