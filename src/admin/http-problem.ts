import { STATUS_CODES } from 'node:http'
import { CerthopError, ERRORS } from '../core/errors.ts'
import type { Problem } from './schemas.ts'

/** What is wrong with one field of a request. */
export interface FieldProblem {
  readonly field: string
  readonly message: string
  readonly hint: string
}

interface Details {
  readonly hint?: string | undefined
  readonly errors?: readonly FieldProblem[]
  /** Further fields of the answer. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** A request that is answered with an error (RFC 9457). The message is its `detail`. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: number
  readonly hint: string | undefined
  readonly errors: readonly FieldProblem[]
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, detail: string, details: Details = {}) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause })
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
