import type { CommandGroup } from './command.ts'
import { hashPassword } from './hash-password.ts'

export const secrets: CommandGroup = {
  name: 'secrets',
  summary: 'what keeps passwords from being read',
  commands: [hashPassword],
}
