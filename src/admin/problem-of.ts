import { CerthopError } from '../core/errors.ts'
import { formatProblem } from '../core/problem.ts'
import type { Events } from '../observe/events.ts'
import { type EditFault, EditRefused } from '../registry/edit-refused.ts'
import type { Field } from '../registry/field-problems.ts'
import { InvalidRegistry } from '../registry/invalid-registry.ts'
import { HttpProblem } from './http-problem.ts'

const STATUSES: Readonly<Record<EditFault, number>> = {
  invalid: 422,
  id_taken: 409,
  unknown_id: 404,
  locked: 503,
  not_writable: 503,
  not_editable: 409,
}

/** Problems of a registry that are told. */
const MOST_TOLD = 5

/** What a request is answered with whose handler threw. What nobody expected is told in the log, and not to the client. */
export function problemOf(error: unknown, events: Events): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (error instanceof EditRefused) return refused(error)
  if (error instanceof CerthopError) return unusable(error)
  if (error instanceof InvalidRegistry) return broken(error)
  events.notice('error', `the admin plane failed: ${error instanceof Error ? error.stack : String(error)}`)
  return new HttpProblem(500, 'Answering failed', { hint: 'the log says why' })
}

function refused({ fault, message, hint, field }: EditRefused): HttpProblem {
  const errors = field === undefined ? [] : [{ field, message, hint: hint ?? '' }]
  const headers = fault === 'locked' ? { 'Retry-After': '5' } : undefined
  return new HttpProblem(STATUSES[fault], message, { hint, errors, ...(headers && { headers }) })
}

/** Something is wrong with the files of a new certificate that was not seen before they were taken. */
function unusable(error: CerthopError): HttpProblem {
  const { message, hint = '' } = error
  return new HttpProblem(422, message, {
    hint,
    cause: error,
    errors: [{ field: fieldOf(error), message, hint }],
  })
}

function fieldOf({ code }: CerthopError): Field {
  if (code === 'passphrase_wrong' || code === 'secret_unavailable') return 'passphrase'
  return code === 'client_key_mismatch' ? 'key' : 'cert'
}

function broken({ problems }: InvalidRegistry): HttpProblem {
  const errors = problems.filter(({ severity }) => severity === 'error')
  const told = errors.slice(0, MOST_TOLD).map(formatProblem)
  return new HttpProblem(409, `The registry is not valid, and was not changed: ${told.join('; ')}`, {
    hint: 'correct it first; `certhop check` tells all that is wrong with it',
  })
}
