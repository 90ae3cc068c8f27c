import { CerthopError } from '../core/errors.ts'
import type { Unreadable } from '../core/read-file.ts'
import type { AgeIdentitySource } from './source.ts'

/** The text that holds the identity. Throws `secret_unavailable`. */
export function readAgeIdentity(
  source: AgeIdentitySource,
  read: (path: string) => Buffer | Unreadable,
): string {
  if ('env' in source) {
    const { [source.env]: value } = process.env
    if (value !== undefined) return value
    throw new CerthopError('secret_unavailable', `there is no age identity: ${placeOf(source)} is not set`, {
      hint: 'set it where certhop is started, or name a file in the settings: `secrets: {identity: {file: FILE}}`; `certhop secrets keygen` makes one',
    })
  }
  const content = read(source.file)
  if (Buffer.isBuffer(content)) return content.toString()
  throw new CerthopError('secret_unavailable', `the age identity ${source.file} ${content.reason}`, {
    hint: content.hint,
  })
}

export function noAgeIdentity(source: AgeIdentitySource): CerthopError {
  return new CerthopError('secret_unavailable', `${placeOf(source)} holds no age identity`, {
    hint: 'it must hold lines like AGE-SECRET-KEY-1…, as `certhop secrets keygen` and `age-keygen` write them',
  })
}

/** Where the identity is, in words. */
export function placeOf(source: AgeIdentitySource): string {
  return 'env' in source ? `the environment variable ${source.env}` : source.file
}
