import { CerthopError } from '../core/errors.ts'
import type { Unreadable } from '../core/read-file.ts'
import { recipientOf } from './age.ts'
import type { AgeIdentitySource } from './source.ts'

/** One age identity: the key, and whom files are encrypted to so that it opens them. */
export interface AgeIdentity {
  /** `AGE-SECRET-KEY-1…`. */
  readonly key: string
  /** `age1…`. */
  readonly recipient: string
}

/**
 * The identities that open what is encrypted, as `age-keygen` writes them: one a line, with comments. At least one. Throws
 * `secret_unavailable`.
 */
export async function readAgeIdentities(
  source: AgeIdentitySource,
  read: (path: string) => Buffer | Unreadable,
): Promise<AgeIdentity[]> {
  const place = placeOf(source)
  const lines = textOf(source, read).split(/\r?\n/)
  const keys = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'))
  const identities: AgeIdentity[] = []
  for (const key of keys) {
    const recipient = await recipientOf(key)
    if (recipient === null) throw noIdentity(place)
    identities.push({ key, recipient })
  }
  if (identities.length === 0) throw noIdentity(place)
  return identities
}

/** Where the identity is, in words. */
export function placeOf(source: AgeIdentitySource): string {
  return 'env' in source ? `the environment variable ${source.env}` : source.file
}

function textOf(source: AgeIdentitySource, read: (path: string) => Buffer | Unreadable): string {
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

function noIdentity(place: string): CerthopError {
  return new CerthopError('secret_unavailable', `${place} holds no age identity`, {
    hint: 'it must hold lines like AGE-SECRET-KEY-1…, as `certhop secrets keygen` and `age-keygen` write them',
  })
}
