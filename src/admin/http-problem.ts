import { STATUS_CODES } from 'node:http'
import { CerthopError, ERRORS } from '../core/errors.ts'
import type { Problem } from './schemas.ts'

interface Details {
  readonly hint?: string | undefined
  readonly errors?: Problem['errors']
  /** Further fields of the answer. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** A request that is answered with an error (RFC 9457). The message is its `detail`. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: number
  readonly hint: string | undefined
  readonly errors: NonNullable<Problem['errors']>
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, detail: string, details: Details = {}) {
    super(detail, details.cause == null ? undefined : { cause: details.cause })
    this.status = status
    this.hint = details.hint
    this.errors = details.errors ?? []
    this.headers = details.headers ?? {}
  }

  /** The body. `type` and `title` are those of a `CerthopError` that is the cause, and of the status otherwise. */
  toJSON(): Problem {
    const { cause, status, message, hint, errors } = this
    const known = cause instanceof CerthopError ? cause.code : null
    return {
      type: known === null ? 'about:blank' : `urn:certhop:error:${known}`,
      title: known === null ? (STATUS_CODES[status] ?? 'Error') : ERRORS[known].title,
      status,
      detail: message,
      ...(hint === undefined || hint === '' ? {} : { hint }),
      ...(errors.length === 0 ? {} : { errors }),
    }
  }
}

/** A problem whose detail is all that is wrong with the fields of a request. */
export function problemOfFields(
  status: number,
  errors: NonNullable<Problem['errors']>,
  cause: CerthopError | null = null,
): HttpProblem {
  const detail = errors.map(({ message }) => message).join('; ')
  const [only, ...others] = errors
  return new HttpProblem(status, detail, {
    errors,
    hint: others.length === 0 ? only?.hint : undefined,
    cause,
  })
}
