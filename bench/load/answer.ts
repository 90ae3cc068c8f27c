import type { Exchange } from './exchange.ts'

/** What came back, as far as it is checked. */
export interface Answer {
  readonly status: number
  /** The identity that the server wrote into `X-Client-Subject`, or else what the body starts with. */
  readonly identity: string
  readonly bodyBytes: number
}

/** The one of `subjects` under which the whole answer was given; null when it is wrong. */
export function rightSubject(
  { status, identity, bodyBytes }: Answer,
  { responseBytes }: Exchange,
  subjects: readonly string[],
): string | null {
  if (status !== 200 || bodyBytes !== responseBytes) return null
  return subjects.find(subject => identity.startsWith(subject)) ?? null
}
