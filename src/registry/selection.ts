import type { CerthopError } from '../core/errors.ts'
import type { Identity } from '../identity/identity.ts'
import type { SelectableEntry } from './entry.ts'

export type Rule = 'full' | 'wildcard' | 'none'

/**
 * The decision for one host and port. Three cases: no entry matches (`rule` none, everything null); an entry wins and
 * can be used (`identity` set); an entry wins and cannot be used (`error` set), and then the request must fail with it.
 */
export interface Selection {
  readonly rule: Rule
  readonly entry: SelectableEntry | null
  readonly identity: Identity | null
  readonly error: CerthopError | null
  /** The snapshot's generation. */
  readonly generation: number
}
