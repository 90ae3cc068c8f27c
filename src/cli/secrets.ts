import type { CommandGroup } from './command.ts'
import { encrypt } from './encrypt.ts'
import { hashPassword } from './hash-password.ts'
import { keygen } from './keygen.ts'

export const secrets: CommandGroup = {
  name: 'secrets',
  summary: 'what keeps passwords and keys from being read',
  commands: [keygen, encrypt, hashPassword],
}
