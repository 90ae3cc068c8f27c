import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { readRegularFile } from '../core/read-file.ts'
import type { PassphraseSource } from '../identity/source.ts'
import { type AddedCertificate, addCertificate, type Material } from '../registry/add.ts'
import { EditRefused } from '../registry/edit-refused.ts'
import { askHidden, canAsk } from './ask.ts'
import { type Command, type Options, Status } from './command.ts'
import { readValidSettings } from './configuration.ts'
import { complain, type Io, remark } from './io.ts'
import { describe } from './list.ts'
import { CONFIGURATION, JSON_OUTPUT } from './options.ts'

const LARGEST_FILE = 1024 ** 2

/** Rivals that are listed; there may be thousands below `*`. */
const SHOWN_RIVALS = 10

export const add: Command = {
  name: 'add',
  summary: 'add a certificate to the registry file, keeping its comments and order',
  options: [
    { flags: '--host <pattern>', description: 'the hosts that get it; may be repeated', repeatable: true },
    { flags: '--cert <file>', description: 'PEM: the certificate and its intermediates' },
    { flags: '--key <file>', description: 'PEM: its key, encrypted or not' },
    { flags: '--ca <file>', description: "PEM: what the server's certificate must chain to" },
    { flags: '--port <number>', description: 'only for this port', check: checkPort },
    { flags: '--id <id>', description: 'its name; default: made from the host' },
    {
      flags: '--passphrase-file <file>',
      description: 'read the passphrase from a file, or from stdin when FILE is -, and keep a copy of it',
    },
    {
      flags: '--passphrase-env <name>',
      description: 'take it from this variable, also whenever the certificate is loaded',
    },
    ...CONFIGURATION,
    JSON_OUTPUT,
  ],
  examples: [
    [
      "certhop add --host '*.payments.example' --cert payments.crt --key payments.key",
      'asks for the passphrase of an encrypted key',
    ],
    [
      'certhop add --host api.example --port 8443 --cert c.pem --key k.pem --ca ca.pem --id api-2026',
      'one host and port, its own authority',
    ],
    [
      'pass show api | certhop add --host api.example --cert c.pem --key k.pem --passphrase-file -',
      'the passphrase from another program',
    ],
  ],
  async run(io, options) {
    const { host: hosts = [], cert, key, ca, port, id } = options
    if (hosts.length === 0) return refuse(io, 'say which hosts get the certificate, with --host PATTERN')
    if (cert === undefined || key === undefined) {
      return refuse(io, 'name the certificate and its key, with --cert FILE and --key FILE')
    }
    if (options.passphraseFile !== undefined && options.passphraseEnv !== undefined) {
      return refuse(io, '--passphrase-file and --passphrase-env exclude each other')
    }
    const settings = await readValidSettings(io, options)
    if (settings === null) return Status.invalid
    const added = await addCertificate(
      settings.registry,
      {
        id,
        hosts,
        port: port === undefined ? undefined : Number(port),
        cert: readMaterial(io, cert),
        key: readMaterial(io, key),
        ca: ca === undefined ? null : readMaterial(io, ca),
        passphrase: () => readPassphrase(io, options, key),
      },
      { onWait: owner => remark(io, `${settings.registry} is being changed by ${owner}; waiting`) },
    )
    report(io, added)
    const { state, ...certificate } = describe(added.entry, Date.now())
    io.stdout.write(options.json ? `${JSON.stringify(certificate, null, 2)}\n` : `${added.entry.id}\n`)
    return Status.done
  },
}

function checkPort(text: string): string | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65535 ? null : 'It must be a number from 1 to 65535.'
}

function refuse(io: Io, message: string): number {
  complain(io, message)
  return Status.invalid
}

function readMaterial(io: Io, name: string): Material {
  const path = resolve(io.folder, name)
  return { path, content: readFile(path) }
}

function readFile(path: string): Buffer {
  const read = readRegularFile(path, LARGEST_FILE)
  if ('content' in read) return read.content
  throw new EditRefused('invalid', `${path} ${read.reason}`, { hint: read.hint })
}

async function readPassphrase(io: Io, options: Options, key: string): Promise<PassphraseSource> {
  const { passphraseFile: file, passphraseEnv: name } = options
  if (name !== undefined) return { kind: 'env', name }
  if (file === '-' && !canAsk(io)) return { kind: 'plain', value: withoutLineBreak(await text(io.stdin)) }
  if (file !== undefined && file !== '-') {
    return { kind: 'plain', value: withoutLineBreak(readFile(resolve(io.folder, file)).toString()) }
  }
  const question = `Passphrase of ${key}: `
  const value = canAsk(io) ? await askHidden(io, question) : null
  if (value !== null) return { kind: 'plain', value }
  throw new EditRefused('invalid', `the key in ${resolve(io.folder, key)} is encrypted`, {
    hint: 'give its passphrase on a terminal, or with --passphrase-file FILE (- is stdin) or --passphrase-env NAME',
  })
}

/** Editors and `echo` end with a line break that nobody means. */
function withoutLineBreak(value: string): string {
  return value.replace(/\r?\n$/, '')
}

function report(io: Io, { entry, rivals }: AddedCertificate): void {
  const { id, facts } = entry
  if (facts !== null && Date.now() < facts.notBefore) {
    remark(
      io,
      `\`${id}\` is not valid before ${new Date(facts.notBefore).toISOString()}, and waits until then`,
    )
  }
  for (const rival of rivals.slice(0, SHOWN_RIVALS)) {
    const outcome = rival.loses ? 'wins over' : 'loses to'
    remark(io, `\`${id}\` ${outcome} \`${rival.id}\` (${rival.pattern}) where both match: ${rival.why}`)
  }
  const more = rivals.length - SHOWN_RIVALS
  if (more > 0) remark(io, `and meets ${more} more; \`certhop explain HOST\` tells who wins`)
}
