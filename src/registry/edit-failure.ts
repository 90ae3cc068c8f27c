import { CerthopError } from '../core/errors.ts'
import { EditRefused } from './edit-refused.ts'
import { InvalidRegistry } from './invalid-registry.ts'

/** An error of an edit as plain data, because classes don't pass from thread to thread. */
export type EditFailure =
  | ({ readonly kind: 'refused' } & Pick<EditRefused, 'fault' | 'message' | 'hint' | 'field'>)
  | ({ readonly kind: 'certhop' } & Pick<CerthopError, 'code' | 'message' | 'hint'>)
  | ({ readonly kind: 'invalid registry' } & Pick<InvalidRegistry, 'problems'>)
  | { readonly kind: 'other'; readonly message: string }

export function failureOf(error: unknown): EditFailure {
  if (error instanceof EditRefused) {
    const { fault, message, hint, field } = error
    return { kind: 'refused', fault, message, hint, field }
  }
  if (error instanceof CerthopError) {
    const { code, message, hint } = error
    return { kind: 'certhop', code, message, hint }
  }
  if (error instanceof InvalidRegistry) return { kind: 'invalid registry', problems: error.problems }
  return { kind: 'other', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** The error that `failureOf` was given, without its cause. */
export function failureError(failure: EditFailure): Error {
  switch (failure.kind) {
    case 'refused':
      return new EditRefused(failure.fault, failure.message, failure)
    case 'certhop':
      return new CerthopError(
        failure.code,
        failure.message,
        failure.hint === undefined ? {} : { hint: failure.hint },
      )
    case 'invalid registry':
      return new InvalidRegistry(failure.problems)
    case 'other':
      return new Error(failure.message)
  }
}
