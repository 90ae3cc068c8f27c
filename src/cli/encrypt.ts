import { resolve } from 'node:path'
import { CerthopError } from '../core/errors.ts'
import { readRegularFile, type Unreadable } from '../core/read-file.ts'
import { encryptAge, isRecipient, parseAgeIdentities } from '../identity/age.ts'
import { noAgeIdentity, readAgeIdentity } from '../identity/age-identity.ts'
import { type Command, type Options, Status } from './command.ts'
import { readSettingsOrDefaults } from './configuration.ts'
import { complain, type Io } from './io.ts'
import { SETTINGS } from './options.ts'
import { readSecret } from './read-secret.ts'
import { writeNewFile } from './write-new-file.ts'

/** Bytes; larger than any file that the registry may name. */
const LIMIT = 1024 * 1024

export const encrypt: Command = {
  name: 'encrypt',
  summary: 'encrypt a passphrase, or a file, to an age identity',
  argument: [
    '[file]',
    'a file to encrypt to FILE.age; without one a passphrase is asked for, or read from stdin',
  ],
  options: [
    SETTINGS,
    {
      flags: '--recipient <age1>',
      description: 'the public key of the identity; default that of the settings',
    },
  ],
  examples: [
    ['certhop secrets encrypt', 'asks for a passphrase, and prints its line for the registry'],
    ['certhop secrets encrypt < passphrase.txt', 'the same for one in a file'],
    [
      'certhop secrets encrypt payments.key && rm payments.key',
      'then `key: payments.key.age` in the registry',
    ],
  ],
  async run(io, options, [file]) {
    const recipients = await findRecipients(io, options)
    if (recipients === null) return Status.invalid
    return file === undefined ? encryptPassphrase(io, recipients) : encryptFile(io, file, recipients)
  },
}

/** Null, after saying on stderr why, when there is nobody to encrypt to. */
async function findRecipients(io: Io, options: Options): Promise<string[] | null> {
  const { recipient } = options
  if (recipient !== undefined) {
    if (await isRecipient(recipient)) return [recipient]
    complain(io, 'a recipient starts with age1; `age-keygen -y FILE` prints that of an identity')
    return null
  }
  const settings = await readSettingsOrDefaults(io, options)
  if (settings === null) return null
  const { identity } = settings.secrets
  const identities = await parseAgeIdentities(readAgeIdentity(identity, read))
  if (identities === null) throw noAgeIdentity(identity)
  return identities.map(each => each.recipient)
}

async function encryptPassphrase(io: Io, recipients: readonly string[]): Promise<number> {
  const passphrase = await readSecret(io, 'Passphrase: ')
  if (passphrase === null) return Status.failed
  if (passphrase === '') {
    complain(io, 'there is nothing to encrypt')
    return Status.failed
  }
  const armored = await encryptAge(Buffer.from(passphrase), recipients)
  const base64 = armored.replace(/-----[^-]+-----|\s/g, '')
  io.stdout.write(`passphrase: {age: "${base64}"}\n`)
  return Status.done
}

async function encryptFile(io: Io, file: string, recipients: readonly string[]): Promise<number> {
  const content = read(resolve(io.folder, file))
  if (!Buffer.isBuffer(content)) {
    throw new CerthopError('secret_unavailable', `${file} ${content.reason}`, { hint: content.hint })
  }
  const encrypted = `${file}.age`
  const isWritten = await writeNewFile(resolve(io.folder, encrypted), await encryptAge(content, recipients))
  content.fill(0)
  if (!isWritten) {
    complain(io, `${encrypted} exists, and stays as it is`)
    return Status.failed
  }
  io.stderr.write(`${encrypted} is what the registry may name now; remove ${file}.\n`)
  return Status.done
}

function read(path: string): Buffer | Unreadable {
  const result = readRegularFile(path, LIMIT)
  return 'content' in result ? result.content : result
}
