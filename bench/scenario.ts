/** A kind of load. Every answer is checked for its status, its length and the identity it was given under. */
export interface Scenario {
  readonly name: string
  /** What is measured, in a sentence's end: `100-byte responses over …`. */
  readonly description: string
  /** On the server; see upstream.ts. */
  readonly path: string
  /** Client connections, each with one request at a time. */
  readonly connections: number
  /** The length of each answer's body. */
  readonly bodyBytes: number
  /** Where the server writes the identity it saw: at the start of the body, or in `X-Client-Subject`. */
  readonly identityIn: 'body' | 'header'
}
