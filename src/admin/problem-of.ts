import type { Events } from '../observe/events.ts'
import { HttpProblem } from './http-problem.ts'

/** What a request is answered with whose handler threw. What nobody expected is told in the log, and not to the client. */
export function problemOf(error: unknown, events: Events): HttpProblem {
  if (error instanceof HttpProblem) return error
  events.notice('error', `the admin plane failed: ${error instanceof Error ? error.stack : String(error)}`)
  return new HttpProblem(500, 'Answering failed', { hint: 'the log says why' })
}
