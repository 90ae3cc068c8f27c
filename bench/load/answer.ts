import type { Exchange } from './exchange.ts'

/** What came back, as far as it is checked. */
export interface Answer {
  readonly status: number
  /** The identity that the server wrote into `X-Client-Subject`, or else what the body starts with. */
  readonly identity: string
  readonly bodyBytes: number
}

/** Whether it is the whole answer, given under one of the identities that may be. */
export function isRight(answer: Answer, { responseBytes }: Exchange, subjects: readonly string[]): boolean {
  const { status, identity, bodyBytes } = answer
  const isKnown = subjects.some(subject => identity.startsWith(subject))
  return status === 200 && bodyBytes === responseBytes && isKnown
}
