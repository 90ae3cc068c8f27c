import { NO_GROUPS } from '../core/groups.ts'
import { HostCache } from '../core/host-cache.ts'
import { Candidate } from './candidate.ts'
import { Candidates, newestFirst } from './candidates.ts'
import type { Entry, SelectableEntry } from './entry.ts'
import { type Explanation, explain } from './explain.ts'
import type { Selection } from './selection.ts'

const CACHED_HOSTS = 10_000

const NOBODY = new Candidates()

/**
 * The registry at one moment, ready for decisions. Immutable but for a cache that nobody can see; a request takes one
 * snapshot and keeps it.
 *
 *     host ── full names: one Map look-up ── newest first ─┐ the first that takes the port and the groups
 *       └──── wildcards: bounded cache ───── newest first ─┘ and has begun to be valid wins
 */
export class Snapshot<Listed extends SelectableEntry = Entry> {
  readonly generation: number
  /** In the order of the file. */
  readonly entries: readonly Listed[]
  readonly #full = new Map<string, Candidates>()
  readonly #wildcards: readonly (readonly Candidate[])[]
  readonly #matching = new HostCache<Candidates>(CACHED_HOSTS)
  readonly #none: Selection

  constructor(generation: number, entries: readonly Listed[]) {
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
   * Who wins for a host (as `normalizeHost` returns it), a port and the groups that a request names. `now` is milliseconds
   * since 1970: certificates begin and expire without a reload.
   */
  select(
    host: string,
    port: number,
    groups: readonly string[] = NO_GROUPS,
    now: number = Date.now(),
  ): Selection {
    const full = this.#full.get(host)?.first(port, groups, now)
    const winner = full ?? this.#wildcardsFor(host).first(port, groups, now)
    return winner === null ? this.#none : winner.select(now)
  }

  /** The same decision with every candidate and its reason; parameters as for `select`. */
  explain(
    host: string,
    port: number,
    groups: readonly string[] = NO_GROUPS,
    now: number = Date.now(),
  ): Explanation {
    const full = this.#full.get(host)?.all ?? []
    const named = new Set(full.map(({ entry }) => entry))
    const wildcards = this.#wildcardsFor(host).all.filter(({ entry }) => !named.has(entry))
    return explain(this.select(host, port, groups, now), [...full, ...wildcards], { port, groups, now })
  }

  #addFull(host: string, candidate: Candidate): void {
    const candidates = this.#full.get(host) ?? new Candidates()
    candidates.add(candidate)
    this.#full.set(host, candidates)
  }

  #wildcardsFor(host: string): Candidates {
    const cached = this.#matching.get(host)
    if (cached !== undefined) return cached
    const matching = new Candidates()
    for (const alternatives of this.#wildcards) {
      const match = alternatives.find(({ pattern }) => pattern.matches(host))
      if (match !== undefined) matching.add(match)
    }
    const found = matching.all.length === 0 ? NOBODY : matching
    this.#matching.set(host, found)
    return found
  }
}
