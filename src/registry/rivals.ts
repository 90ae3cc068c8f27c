import type { Definition } from './definition.ts'
import { type Contender, whyItLoses } from './explain.ts'
import { mayOverlap } from './overlap.ts'
import { type HostPattern, parseHostPattern } from './pattern.ts'
import { newestFirst } from './snapshot.ts'

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
  /** In the order of winning. */
  readonly heirs: readonly string[]
  /** Whether the first heir wins every host of the pattern, and the others none. */
  readonly complete: boolean
}

interface Claim extends Contender {
  readonly entry: Definition
  readonly pattern: HostPattern
}

/** The entries of `others` that meet `entry` at some host and port, once for each way the two compare. */
export function findRivals(entry: Definition, others: readonly Definition[]): Rival[] {
  const found = new Map<string, Rival>()
  const own = claimsOf(entry)
  for (const theirs of others.filter(other => sharePort(entry, other)).flatMap(claimsOf)) {
    for (const ours of own) {
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
export function findSuccession(entry: Definition, others: readonly Definition[]): Succession[] {
  const claims = others.filter(other => sharePort(entry, other)).flatMap(claimsOf)
  return claimsOf(entry).map(({ pattern }) => {
    const heirs = claims.filter(claim => mayOverlap(pattern, claim.pattern)).sort(inOrder)
    const [first] = heirs
    const complete =
      first !== undefined &&
      (first.entry.port === null || first.entry.port === entry.port) &&
      (pattern.host !== null || [pattern.text.toLowerCase(), '*'].includes(first.pattern.text.toLowerCase()))
    return { pattern: pattern.text, heirs: [...new Set(heirs.map(heir => heir.entry.id))], complete }
  })
}

function claimsOf(entry: Definition): Claim[] {
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

function sharePort(a: Definition, b: Definition): boolean {
  return a.port === null || b.port === null || a.port === b.port
}

function inOrder(a: Claim, b: Claim): number {
  if (a.rule !== b.rule) return a.rule === 'full' ? -1 : 1
  return newestFirst(a.entry, b.entry)
}
