import type { Rest } from '../../support/feed.ts'

/** Named after who is made to disagree: CL.TE is a front that reads Content-Length and a back that reads Transfer-Encoding. */
export type Attack =
  | 'CL.TE'
  | 'TE.CL'
  | 'TE.TE'
  | 'CL.CL'
  | 'CL.0'
  | 'TE.0'
  | 'bare line end'
  | 'obs-fold'
  | 'field name'
  | 'field value'
  | 'header injection'
  | 'request line'
  | 'host confusion'
  | 'chunk size'
  | 'chunk extension'
  | 'chunk data'
  | 'trailer'
  | 'version'
  | 'hop-by-hop'
  | 'upgrade'
  | 'pipelining'
  | 'response queue'
  | 'bodyless response'

/**
 * Octets that have made HTTP implementations disagree on where a message ends or where it goes, and what becomes of
 * them here. All text is latin1; what is sent is `octetsOf`.
 */
export interface Payload {
  readonly name: string
  readonly attack: Attack
  readonly reason: string
  /** The messages that are taken, octet for octet and in order: where one ends, the next begins. */
  readonly taken: readonly string[]
  /** What follows them. */
  readonly behind: string
  /** What becomes of that. */
  readonly next: Rest
}

export function octetsOf(payload: Payload): Buffer {
  return Buffer.from(payload.taken.join('') + payload.behind, 'latin1')
}
