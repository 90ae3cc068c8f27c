import type { Identity } from '../identity/identity.ts'
import type { Entry } from './entry.ts'
import { sameReach } from './load-entries.ts'
import { retiredIdentities } from './retired-identities.ts'
import type { Snapshot } from './snapshot.ts'

/** One change of the running snapshot. */
export interface Swap {
  readonly snapshot: Snapshot
  /** The identities that the new snapshot no longer holds. */
  readonly retired: readonly Identity[]
  /** Ids. `changed` counts an entry that reaches other hosts, ports, groups or times, or is of other material. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

export function compareSnapshots(before: Snapshot, after: Snapshot): Swap {
  const old = new Map(before.entries.map(entry => [entry.id, entry]))
  const added: string[] = []
  const changed: string[] = []
  for (const entry of after.entries) {
    const previous = old.get(entry.id)
    old.delete(entry.id)
    if (previous === undefined) added.push(entry.id)
    else if (previous !== entry && !isEqual(previous, entry)) changed.push(entry.id)
  }
  const retired = retiredIdentities(before.entries, after.entries)
  return { snapshot: after, retired, added, changed, removed: [...old.keys()] }
}

/** Whether both decide the same, but for what their places in the file decide. */
export function isEqual(a: Entry, b: Entry): boolean {
  const sameMaterial = a.identity === b.identity && a.error === b.error
  return sameMaterial && a.addedAt === b.addedAt && sameReach(a.definition, b.definition)
}
