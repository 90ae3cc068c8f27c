import { NO_GROUPS } from '../core/groups.ts'
import { HostCache } from '../core/host-cache.ts'
import { Candidate } from './candidate.ts'
import { Candidates, newestFirst } from './candidates.ts'
import type { Entry, SelectableEntry } from './entry.ts'
import { type Explanation, explain } from './explain.ts'
import type { Selection } from './selection.ts'

const CACHED_HOSTS = 10_000

const NOBODY = new Candidates([])

/** Who may win for one host. */
interface HostCandidates {
  readonly full: Candidates
  /** Null until the full names have left it to them: to try them all takes a while. */
  wildcards: Candidates | null
}

/**
 * The registry at one moment, ready for decisions. Immutable but for a cache that nobody can see; a request takes one
 * snapshot and keeps it.
 *
 *     host ── bounded cache ─┬─ full names: a Map ──── newest first ─┐ the first that takes the port and the groups
 *                            └─ wildcards: try each ── newest first ─┘ and has begun to be valid wins
 *
 * The cache is for full names as well: what the requests of a run need lies together then, and not among thousands.
 */
export class Snapshot<Listed extends SelectableEntry = Entry> {
  readonly generation: number
  /** In the order of the file. */
  readonly entries: readonly Listed[]
  readonly #full = new Map<string, Candidate[]>()
  readonly #wildcards: readonly (readonly Candidate[])[]
  readonly #known = new HostCache<HostCandidates>(CACHED_HOSTS)
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
    const known = this.#known.get(host) ?? this.#lookUp(host)
    const winner =
      known.full.first(port, groups, now) ?? this.#wildcardsOf(known, host).first(port, groups, now)
    return winner === null ? this.#none : winner.select(now)
  }

  /** The same decision with every candidate and its reason; parameters as for `select`. */
  explain(
    host: string,
    port: number,
    groups: readonly string[] = NO_GROUPS,
    now: number = Date.now(),
  ): Explanation {
    const known = this.#known.get(host) ?? this.#lookUp(host)
    const full = known.full.all
    const named = new Set(full.map(({ entry }) => entry))
    const wildcards = this.#wildcardsOf(known, host).all.filter(({ entry }) => !named.has(entry))
    return explain(this.select(host, port, groups, now), [...full, ...wildcards], { port, groups, now })
  }

  #addFull(host: string, candidate: Candidate): void {
    const others = this.#full.get(host)
    if (others === undefined) this.#full.set(host, [candidate])
    else others.push(candidate)
  }

  #lookUp(host: string): HostCandidates {
    const full = this.#full.get(host)
    const found = { full: full === undefined ? NOBODY : new Candidates(full), wildcards: null }
    this.#known.set(host, found)
    return found
  }

  #wildcardsOf(known: HostCandidates, host: string): Candidates {
    known.wildcards ??= this.#match(host)
    return known.wildcards
  }

  #match(host: string): Candidates {
    const matching: Candidate[] = []
    for (const alternatives of this.#wildcards) {
      const match = alternatives.find(({ pattern }) => pattern.matches(host))
      if (match !== undefined) matching.push(match)
    }
    return matching.length === 0 ? NOBODY : new Candidates(matching)
  }
}
