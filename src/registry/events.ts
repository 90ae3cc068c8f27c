import type { Problem } from '../core/problem.ts'

/** Why the registry was read: at the start, because files changed, or because somebody asked (SIGHUP, the admin plane). */
export type ReloadReason = 'start' | 'change' | 'request'

/** What the registry tells about itself. `added`, `changed` and `removed` are ids; `ms` is the time the load took. */
export type RegistryEvent =
  | {
      readonly type: 'registry-loaded'
      readonly reason: ReloadReason
      /** Everything is as it was, and no snapshot was swapped. */
      readonly unchanged: boolean
      readonly generation: number
      readonly entries: number
      readonly added: readonly string[]
      readonly changed: readonly string[]
      readonly removed: readonly string[]
      /** Of the entries: what warns, and what keeps one from being used. Those that are new are told one by one as well. */
      readonly problems: readonly Problem[]
      readonly ms: number
    }
  /** The registry as a whole is refused; the running snapshot stays as it is. */
  | {
      readonly type: 'registry-refused'
      readonly reason: ReloadReason
      readonly generation: number
      readonly entries: number
      readonly problems: readonly Problem[]
      readonly ms: number
    }
  /** Reading the registry failed for a reason outside of it; the running snapshot stays as it is. */
  | {
      readonly type: 'registry-failed'
      readonly reason: ReloadReason
      readonly generation: number
      readonly entries: number
      readonly error: Error
      readonly ms: number
    }
  /** A warning, or an entry that cannot be used or keeps its last good version; told once until it changes. */
  | { readonly type: 'entry-problem'; readonly problem: Problem }
