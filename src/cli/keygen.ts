import { resolve } from 'node:path'
import { newAgeIdentity } from '../identity/age.ts'
import { type Command, Status } from './command.ts'
import { complain } from './io.ts'
import { writeNewFile } from './write-new-file.ts'

export const keygen: Command = {
  name: 'keygen',
  summary: 'make an age identity, which opens what is encrypted to it',
  options: [
    { flags: '--output <file>', description: 'where to write it, for its owner alone; default stdout' },
  ],
  examples: [
    [
      'certhop secrets keygen --output ~/.config/certhop/identity',
      'then `secrets: {identity: {file: ~/.config/certhop/identity}}` in the settings',
    ],
    ['export CERTHOP_AGE_IDENTITY="$(certhop secrets keygen)"', 'or as the variable that is looked for'],
  ],
  async run(io, { output }) {
    const { key, recipient } = await newAgeIdentity()
    const text = `# created: ${new Date().toISOString()}\n# public key: ${recipient}\n${key}\n`
    if (output === undefined) io.stdout.write(text)
    else if (!(await writeNewFile(resolve(io.folder, output), text))) {
      complain(io, `${output} exists, and stays: what was encrypted to it would be lost`)
      return Status.failed
    }
    io.stderr.write(`Public key: ${recipient}\n`)
    return Status.done
  },
}
