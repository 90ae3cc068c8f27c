import type { Identity } from '../identity/identity.ts'
import type { Entry } from './entry.ts'
import type { Snapshot } from './snapshot.ts'
import { SENT, type SentEntry, type SnapshotUpdate } from './snapshot-update.ts'
import { isEqual } from './swap.ts'

/** What of `after` a thread that has `before` must be sent: of ten thousand entries mostly one. */
export function updateBetween(before: Snapshot, after: Snapshot): SnapshotUpdate {
  const indexes = new Map(before.entries.map(({ id }, index) => [id, index]))
  const known = new Set(before.entries.map(({ identity }) => identity))
  const entries: SentEntry[] = []
  const places = after.entries.map(entry => {
    const index = indexes.get(entry.id)
    if (index !== undefined && isEqual(before.entries[index] as Entry, entry)) return index
    entries.push(describe(entry, known))
    return SENT
  })
  return { generation: after.generation, places: Int32Array.from(places), entries }
}

function describe(entry: Entry, known: ReadonlySet<Identity | null>): SentEntry {
  const { id, port, groups, addedAt, facts, patterns, identity, error } = entry
  return {
    ...{ id, port, groups, addedAt, facts },
    patterns: patterns.map(({ text, host }) => ({ text, host })),
    identity: identity !== null && known.has(identity) ? identity.generation : (identity?.parts ?? null),
    error: error === null ? null : { code: error.code, message: error.message, ...hintOf(error.hint) },
  }
}

function hintOf(hint: string | undefined) {
  return hint === undefined ? {} : { hint }
}
