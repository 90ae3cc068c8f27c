import type { Field } from './field-problems.ts'

/** Why a change of the registry file was not made: what was asked for, what is there already, or the file itself. */
export type EditFault = 'invalid' | 'id_taken' | 'unknown_id' | 'locked' | 'not_writable' | 'not_editable'

/** A change of the registry file that was not made; the file is as it was. */
export class EditRefused extends Error {
  override readonly name = 'EditRefused'
  readonly fault: EditFault
  /** What to do about it, or undefined. */
  readonly hint: string | undefined
  /** What of a new certificate is to blame, or undefined. */
  readonly field: Field | undefined

  constructor(
    fault: EditFault,
    message: string,
    details: { hint?: string | undefined; field?: Field | undefined; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.fault = fault
    this.hint = details.hint
    this.field = details.field
  }
}
