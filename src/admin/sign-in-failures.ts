import type { Events } from '../observe/events.ts'
import { HttpProblem } from './http-problem.ts'

const MINUTE = 60_000
const MOST_IN_A_MINUTE = 10

/**
 * Counts wrong tokens and links. With 256 bits nobody guesses one; whoever tries is told to wait, and the log says that
 * somebody does, once a minute. Who has the right one is never kept out by who has not.
 */
export class SignInFailures {
  readonly #events: Events
  #since = 0
  #count = 0

  constructor(events: Events) {
    this.#events = events
  }

  /** The answer to one more: a 401 at first, then a 429. */
  count(detail: string): HttpProblem {
    const now = performance.now()
    if (now - this.#since > MINUTE) {
      this.#since = now
      this.#count = 0
    }
    this.#count += 1
    if (this.#count === MOST_IN_A_MINUTE) {
      this.#events.notice('warn', `${MOST_IN_A_MINUTE} sign-ins to the admin plane failed within a minute`)
    }
    if (this.#count <= MOST_IN_A_MINUTE) return unauthorized(detail)
    const seconds = Math.ceil((this.#since + MINUTE - now) / 1000)
    return new HttpProblem(429, 'Too many sign-ins have failed', {
      hint: `wait ${seconds} s`,
      headers: { 'Retry-After': String(seconds) },
    })
  }
}

/** Who is not signed in, and how to be. */
export function unauthorized(detail: string): HttpProblem {
  return new HttpProblem(401, detail, {
    hint: 'open the link that `certhop serve` logs, or send the token in stateDirectory/admin-token as `Authorization: Bearer TOKEN`',
    headers: { 'WWW-Authenticate': 'Bearer realm="certhop"' },
  })
}
