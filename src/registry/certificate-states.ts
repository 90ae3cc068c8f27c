import type { CertificateState } from '../observe/metrics.ts'
import type { Snapshot } from './snapshot.ts'

/** Every certificate of a snapshot as it is at `now`, in milliseconds since 1970. */
export function* certificateStates({ entries }: Snapshot, now: number): Iterable<CertificateState> {
  for (const { id, facts, error } of entries) {
    const isValid = facts !== null && now >= facts.notBefore && now <= facts.notAfter
    yield { id, notAfter: facts?.notAfter ?? null, usable: error === null && isValid }
  }
}
