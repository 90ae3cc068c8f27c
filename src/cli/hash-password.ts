import { hashPassword as hash } from '../core/password-hash.ts'
import { type Command, Status } from './command.ts'
import { complain, type Io } from './io.ts'
import { readSecret } from './read-secret.ts'

export const hashPassword: Command = {
  name: 'hash-password',
  summary: 'hash the password of a proxy user, for `listen.users`',
  options: [],
  examples: [
    ['certhop secrets hash-password', 'asks for the password, and shows none of it'],
    ['openssl rand -base64 24 | tee password | certhop secrets hash-password', 'a password for a machine'],
  ],
  async run(io) {
    const password = await readPassword(io)
    if (password === null) return Status.failed
    io.stdout.write(`${await hash(password)}\n`)
    return Status.done
  },
}

/** Null, after saying on stderr why, when there is none that Basic authentication can send (RFC 7617 section 2). */
async function readPassword(io: Io): Promise<string | null> {
  const password = await readSecret(io, 'Password: ')
  if (password === null) return null
  if (password === '') return refuse(io, 'the password is empty')
  if (/\p{Cc}/u.test(password)) {
    return refuse(
      io,
      'the password holds a control character, such as a line break, which no client can send',
    )
  }
  const isSame = !io.stdin.isTTY || (await readSecret(io, 'The same again: ')) === password
  return isSame ? password : refuse(io, 'the two are not the same')
}

function refuse(io: Io, message: string): null {
  complain(io, message)
  return null
}
