import type { CerthopError } from '../core/errors.ts'
import type { Candidate } from './candidate.ts'
import type { Definition } from './definition.ts'
import type { Rule, Selection } from './selection.ts'

/** One entry that matches a host and a port, as `explain --json` prints it. */
export interface ExplainedCandidate {
  readonly id: string
  /** The pattern by which it matches, braces expanded. */
  readonly pattern: string
  readonly rule: 'full' | 'wildcard'
  /** ISO 8601, or null. */
  readonly addedAt: string | null
  /** The place in the registry file, from 1. */
  readonly position: number
  readonly wins: boolean
  readonly why: string
}

/** A selection for people: the winner first, then the others in the order in which they would win. */
export interface Explanation {
  /** The id of the winning entry, or null. */
  readonly certificate: string | null
  readonly rule: Rule
  readonly reason: string
  /** Whether a request would be sent with the certificate; false as well when none matches. */
  readonly usable: boolean
  readonly error: CerthopError | null
  readonly candidates: readonly ExplainedCandidate[]
}

interface Asked {
  readonly port: number
  readonly groups: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** `matching` are the entries whose patterns match the host, in the order of winning, whatever their port, groups and validity. */
export function explain(selection: Selection, matching: readonly Candidate[], asked: Asked): Explanation {
  const candidates = matching.filter(
    candidate =>
      candidate.acceptsPort(asked.port) &&
      candidate.acceptsGroups(asked.groups) &&
      candidate.hasBegun(asked.now),
  )
  const winner = candidates[0]
  const leftOut = matching.filter(candidate => !candidates.includes(candidate))
  return {
    certificate: selection.entry?.id ?? null,
    rule: selection.rule,
    reason: [reasonFor(winner, candidates.length), ...leftOut.map(each => whyLeftOut(each, asked))].join(
      '; ',
    ),
    usable: selection.identity !== null,
    error: selection.error,
    candidates: candidates.map(candidate => ({
      id: candidate.entry.id,
      pattern: candidate.pattern.text,
      rule: candidate.rule,
      addedAt: isoTime(candidate.entry.addedAt),
      position: candidate.entry.position,
      wins: candidate === winner,
      why:
        winner === undefined || candidate === winner
          ? whyItWins(candidate, candidates[1])
          : whyItLoses(candidate, winner),
    })),
  }
}

function reasonFor(winner: Candidate | undefined, count: number): string {
  if (winner === undefined) return 'no entry matches'
  const { entry, pattern, rule } = winner
  const matches = rule === 'full' ? `names the host in full` : `matches with \`${pattern.text}\``
  if (count === 1) return `\`${entry.id}\` is the only entry that matches: it ${matches}`
  return `\`${entry.id}\` wins over ${count - 1} other${count === 2 ? '' : 's'}: it ${matches}`
}

function whyItWins(winner: Candidate, next: Candidate | undefined): string {
  if (next === undefined) return 'the only candidate'
  if (winner.rule !== next.rule) return 'a full host name wins over a wildcard'
  return `the most recently added ${nounOf(winner)}: ${recencyOf(winner, next)}`
}

/** What recency and precision are judged by. */
export interface Contender {
  readonly entry: Pick<Definition, 'id' | 'addedAt' | 'position'>
  readonly rule: 'full' | 'wildcard'
}

export function whyItLoses(loser: Contender, winner: Contender): string {
  if (loser.rule !== winner.rule) return `a wildcard; \`${winner.entry.id}\` names the host in full`
  return `\`${winner.entry.id}\` was added more recently: ${recencyOf(winner, loser)}`
}

function nounOf({ rule }: Candidate): string {
  return rule === 'full' ? 'full host name' : 'wildcard'
}

function recencyOf(winner: Contender, loser: Contender): string {
  const [later, earlier] = [winner.entry, loser.entry]
  if (later.addedAt !== earlier.addedAt) {
    return `addedAt ${isoTime(later.addedAt)} is later than ${isoTime(earlier.addedAt)}`
  }
  const place = `place ${later.position} in the file is later than ${earlier.position}`
  return later.addedAt === null ? place : `addedAt is equal, and ${place}`
}

function whyLeftOut(candidate: Candidate, { port, groups }: Asked): string {
  const { entry } = candidate
  if (!candidate.acceptsPort(port)) return `\`${entry.id}\` is left out: it is for port ${entry.port} only`
  if (!candidate.acceptsGroups(groups))
    return `\`${entry.id}\` is left out: it is for ${nameGroups(entry.groups ?? [])} only`
  return `\`${entry.id}\` is left out: its certificate is not valid before ${isoTime(entry.facts?.notBefore ?? null)}`
}

function nameGroups(groups: readonly string[]): string {
  const names = groups.map(group => `\`${group}\``).join(', ')
  return groups.length === 1 ? `the group ${names}` : `the groups ${names}`
}

function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
