import { readFile } from 'node:fs/promises'
import { type Authority, openAuthority, rotateAuthority } from '../authority/authority.ts'
import { javaTrustStore, madeJavaTrustStore } from '../authority/java-trust-store.ts'
import { type Command, type CommandGroup, type Options, Status } from './command.ts'
import { readSettingsOrDefaults } from './configuration.ts'
import { complain, type Io } from './io.ts'
import { noticesOn } from './notices.ts'
import { SETTINGS, STATE_DIRECTORY } from './options.ts'

const OPTIONS = [SETTINGS, STATE_DIRECTORY]

const path: Command = {
  name: 'path',
  summary: 'print where the certificate is that runners are to trust',
  options: OPTIONS,
  examples: [['NODE_EXTRA_CA_CERTS="$(certhop ca path)" newman run checks.json', 'a runner that trusts it']],
  run: (io, options) =>
    withAuthority(io, options, async authority => {
      io.stdout.write(`${authority.files.certificate}\n`)
    }),
}

const print: Command = {
  name: 'print',
  summary: 'print that certificate as PEM',
  options: OPTIONS,
  examples: [['certhop ca print | openssl x509 -noout -subject -dates', 'what it says']],
  run: (io, options) =>
    withAuthority(io, options, async authority => {
      io.stdout.write(await readFile(authority.files.certificate))
    }),
}

const rotate: Command = {
  name: 'rotate',
  summary: 'replace the authority by a new one, which runners then have to trust anew',
  options: OPTIONS,
  examples: [
    ['certhop ca rotate', 'when its key may have been seen; a proxy that runs follows within a second'],
  ],
  async run(io, options) {
    const settings = await readSettingsOrDefaults(io, options)
    if (settings === null) return Status.invalid
    if (settings.authority !== 'persistent') return refuse(io, NOTHING_TO_ROTATE)
    await rotateAuthority(settings.stateDirectory)
    return withAuthority(io, options, async ({ files }) => {
      if (await madeJavaTrustStore(files)) await javaTrustStore(files, noticesOn(io))
      io.stderr.write(`The local authority is a new one: ${files.certificate}\n${TRUST_ANEW}`)
    })
  },
}

export const ca: CommandGroup = {
  name: 'ca',
  summary: "the local authority's certificate",
  commands: [path, print, rotate],
}

const NOTHING_TO_ROTATE =
  'there is nothing to rotate: `authority` is not `persistent` (an ephemeral one is new at every start; replace the files of your own)'

const EPHEMERAL =
  'the authority is ephemeral: its certificate is there while a proxy runs, whose ready line names it (or set `authority: persistent`)'

const TRUST_ANEW = `Trust it anew:
  runners that are running: start them again, they read their trust once
  containers and images with a copy of ca.pem or bundle.pem: copy it again
  trust stores of systems, browsers or Java that it was imported into: import it again, remove the old one
A proxy that is running changes over within a second.
`

/** Does `task` with the authority of the settings, made when there is none yet. */
async function withAuthority(
  io: Io,
  options: Options,
  task: (authority: Authority) => Promise<void>,
): Promise<number> {
  const settings = await readSettingsOrDefaults(io, options)
  if (settings === null) return Status.invalid
  if (settings.authority === 'ephemeral') return refuse(io, EPHEMERAL)
  const authority = await openAuthority({ ...settings, events: noticesOn(io) })
  try {
    await task(authority)
    return Status.done
  } finally {
    await authority.close()
  }
}

function refuse(io: Io, message: string): number {
  complain(io, message)
  return Status.invalid
}
