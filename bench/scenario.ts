/**
 * How requests reach a peer: in absolute form over kept connections, or each through a tunnel of its own (CONNECT, a
 * full TLS handshake with the peer, one request). Not every peer takes both.
 */
export type Way = 'absolute' | 'tunnel'

/** A kind of load. Every answer is checked for its status, its length and the identity it was given under. */
export interface Scenario {
  readonly name: string
  /** What is measured, in a sentence's end: `100-byte responses over …`. */
  readonly description: string
  readonly way: Way
  /** The peer that the others are compared with. */
  readonly baseline: string
  /** On the server; see upstream.ts. */
  readonly path: string
  /** How many the load keeps open, each with one request at a time. */
  readonly connections: number
  /** The length of each answer's body. */
  readonly bodyBytes: number
  /** Where the server writes the identity it saw: at the start of the body, or in `X-Client-Subject`. */
  readonly identityIn: 'body' | 'header'
}
