import type { Candidate } from './candidate.ts'
import type { Entry } from './entry.ts'

/**
 * The candidates for one host, newest first, also by group: one host with a certificate for each of thousands of groups
 * costs a request a look-up for each group that it names, and nothing more.
 */
export class Candidates {
  readonly all: Candidate[] = []
  readonly #forAll: Candidate[] = []
  #byGroup: Map<string, Candidate[]> | null = null

  /** Newest first. An entry counts once, by the first of its patterns that matches. */
  constructor(candidates: readonly Candidate[]) {
    for (const candidate of candidates) this.#add(candidate)
  }

  /** The newest that takes the port, is for everybody or one of `groups`, and has begun to be valid; null for none. */
  first(port: number, groups: readonly string[], now: number): Candidate | null {
    let first = firstOf(this.#forAll, port, now)
    const byGroup = this.#byGroup
    if (byGroup === null) return first
    for (let index = 0; index < groups.length; index += 1) {
      const candidates = byGroup.get(groups[index] as string)
      const other = candidates === undefined ? null : firstOf(candidates, port, now)
      if (other !== null && (first === null || newestFirst(other.entry, first.entry) < 0)) first = other
    }
    return first
  }

  #add(candidate: Candidate): void {
    if (this.all.at(-1)?.entry === candidate.entry) return
    this.all.push(candidate)
    const { groups } = candidate.entry
    if (groups === null) this.#forAll.push(candidate)
    else for (const group of groups) this.#addTo(group, candidate)
  }

  #addTo(group: string, candidate: Candidate): void {
    this.#byGroup ??= new Map()
    const others = this.#byGroup.get(group)
    if (others === undefined) this.#byGroup.set(group, [candidate])
    else others.push(candidate)
  }
}

type Dated = Pick<Entry, 'addedAt' | 'position'>

/** The most recently added entry before the others: the later `addedAt`, then the later place in the file. */
export function newestFirst(a: Dated, b: Dated): number {
  return (b.addedAt ?? 0) - (a.addedAt ?? 0) || b.position - a.position
}

function firstOf(candidates: readonly Candidate[], port: number, now: number): Candidate | null {
  for (const candidate of candidates) {
    if (candidate.acceptsPort(port) && candidate.hasBegun(now)) return candidate
  }
  return null
}
