import type { ErrorCode } from '../core/errors.ts'
import type { IdentityParts } from '../identity/identity.ts'
import type { Entry } from './entry.ts'
import type { HostPattern } from './pattern.ts'

/** What takes a thread from one snapshot to the next, as plain data and keys, which threads share. */
export interface SnapshotUpdate {
  readonly generation: number
  /** For each entry in order its index in the snapshot before, or `SENT` for the next one of `entries`. */
  readonly places: Int32Array
  /** What the thread does not have. */
  readonly entries: readonly SentEntry[]
}

export const SENT = -1

/** An entry on its way to another thread; its position is its place in the snapshot. */
export interface SentEntry extends Pick<Entry, 'id' | 'port' | 'groups' | 'addedAt' | 'facts'> {
  readonly patterns: readonly Pick<HostPattern, 'text' | 'host'>[]
  /** A generation stands for an identity of the snapshot before. */
  readonly identity: IdentityParts | number | null
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint?: string } | null
}
