import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readRegularFile } from '../core/read-file.ts'
import { createFile } from '../core/replace-file.ts'
import type { Events } from '../observe/events.ts'

const LARGEST_FILE = 4096

/** Letters that stand in a header as they are (RFC 6750 section 2.1), and enough of them not to be guessed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{32,200}=*$/

/** A secret of 256 bits that stands in URLs, headers and cookies as it is. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** A token file that is there and holds none, or can't be read. */
class InvalidAdminToken extends Error {
  override readonly name = 'InvalidAdminToken'
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/**
 * The token of a state directory, which must exist; made when there is none, and kept from then on. Processes that start at
 * once agree on one. Throws `InvalidAdminToken`.
 */
export async function openToken(stateDirectory: string, events: Events): Promise<string> {
  const path = join(stateDirectory, 'admin-token')
  await createFile(path, () => `${newSecret()}\n`, 0o600)
  const read = readRegularFile(path, LARGEST_FILE)
  if ('reason' in read) throw new InvalidAdminToken(`${path} ${read.reason}`, read.hint)
  const token = read.content.toString('latin1').trim()
  if (!TOKEN.test(token)) {
    throw new InvalidAdminToken(
      `${path} holds no token of at least 32 characters`,
      'remove it, and a new one is made',
    )
  }
  if ((Number(read.stat.mode) & 0o077) !== 0) {
    events.notice('warn', `the admin token ${path} is open to other users (chmod 600 ${path})`, {
      code: 'key_readable_by_others',
    })
  }
  return token
}
