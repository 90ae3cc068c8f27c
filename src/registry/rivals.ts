import { TimeSlice } from '../core/time-slice.ts'
import { newestFirst } from './candidates.ts'
import type { Reach } from './definition.ts'
import { type Contender, whyItLoses } from './explain.ts'
import { mayOverlap } from './overlap.ts'
import { type HostPattern, parseHostPattern } from './pattern.ts'

/** Another entry that matches hosts of this one, as far as the two patterns go. */
export interface Rival {
  readonly id: string
  /** Of the other entry, braces expanded. */
  readonly pattern: string
  /** Whether this entry wins over the other where both match. */
  readonly loses: boolean
  readonly why: string
}

/** Who is left when an entry is gone. */
export interface Succession {
  /** One of the entry's patterns, braces expanded. */
  readonly pattern: string
  /** Ids in the order of winning, as far as any host is left for them. */
  readonly heirs: readonly string[]
  /** Whether the last of them takes all that is left. */
  readonly isComplete: boolean
}

/** What decides who of two that match wins. */
interface Ranked {
  readonly entry: Pick<Reach, 'addedAt' | 'position'>
  readonly rule: 'full' | 'wildcard'
}

interface Claim extends Contender {
  readonly entry: Reach
  readonly pattern: HostPattern
}

/** The entries of `others` that meet `entry` at some host and port, once for each way the two compare. */
export async function findRivals(entry: Reach, others: readonly Reach[]): Promise<Rival[]> {
  const found = new Map<string, Rival>()
  const own = claimsOf(entry)
  const slice = new TimeSlice()
  for (const other of others) {
    if (slice.isOver) await slice.next()
    const claims = canMeet(entry, other) ? claimsOf(other) : []
    for (const [theirs, ours] of claims.flatMap(claim => own.map(each => [claim, each] as const))) {
      if (!mayOverlap(ours.pattern, theirs.pattern)) continue
      const loses = inOrder(ours, theirs) < 0
      const why = loses ? whyItLoses(theirs, ours) : whyItLoses(ours, theirs)
      const rival = { id: theirs.entry.id, pattern: theirs.pattern.text, loses, why }
      const key = JSON.stringify([rival.id, why])
      if (!found.has(key)) found.set(key, rival)
    }
  }
  return [...found.values()]
}

/** For each pattern of `entry`, which of `others` win its hosts in its place. */
export function findSuccession(entry: Reach, others: readonly Reach[]): Succession[] {
  const claims = others.filter(other => canMeet(entry, other)).flatMap(claimsOf)
  return claimsOf(entry).map(claim => {
    const heirs = claims.filter(({ pattern }) => mayOverlap(claim.pattern, pattern)).sort(inOrder)
    const last = heirs.findIndex(heir => covers(heir, claim))
    const reached = last === -1 ? heirs : heirs.slice(0, last + 1)
    const ids = new Set(reached.map(heir => heir.entry.id))
    return { pattern: claim.pattern.text, heirs: [...ids], isComplete: last !== -1 }
  })
}

/** Whether `heir` surely matches wherever `claim` does. */
function covers(heir: Claim, claim: Claim): boolean {
  const { port, groups } = heir.entry
  if (port !== null && port !== claim.entry.port) return false
  if (groups !== null && claim.entry.groups?.every(group => groups.includes(group)) !== true) return false
  if (claim.pattern.host !== null) return true
  return [claim.pattern.text.toLowerCase(), '*'].includes(heir.pattern.text.toLowerCase())
}

function claimsOf(entry: Reach): Claim[] {
  return entry.hosts.flatMap(host => {
    const patterns = parseHostPattern(host)
    if ('message' in patterns) return []
    return patterns.map(pattern => ({
      entry,
      pattern,
      rule: pattern.host === null ? ('wildcard' as const) : ('full' as const),
    }))
  })
}

/** Whether one request may be for both, as far as its port and a single group go. */
function canMeet(a: Reach, b: Reach): boolean {
  const ports = a.port === null || b.port === null || a.port === b.port
  const groups = a.groups === null || b.groups === null || a.groups.some(group => b.groups?.includes(group))
  return ports && groups
}

/** Who wins stands before who loses, where both match. */
export function inOrder(a: Ranked, b: Ranked): number {
  if (a.rule !== b.rule) return a.rule === 'full' ? -1 : 1
  return newestFirst(a.entry, b.entry)
}
