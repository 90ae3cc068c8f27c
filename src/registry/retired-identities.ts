import type { Identity } from '../identity/identity.ts'

interface Holder {
  readonly identity: Identity | null
}

/** The identities that `after` no longer holds. */
export function retiredIdentities(before: readonly Holder[], after: readonly Holder[]): Identity[] {
  const kept = new Set(after.map(({ identity }) => identity))
  return before.flatMap(({ identity }) => (identity === null || kept.has(identity) ? [] : [identity]))
}
