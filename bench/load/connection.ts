import type { Answer } from './answer.ts'

/** An open connection, through whatever lies between, on which requests are sent one after the other. */
export interface Connection {
  /** Rejects when no whole answer comes. */
  exchange(): Promise<Answer>
  /** Ends it in order; resolves when the other side has done so too. */
  close(): Promise<void>
}
