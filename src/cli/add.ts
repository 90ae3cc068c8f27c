import { resolve } from 'node:path'
import { groupsOf } from '../core/groups.ts'
import { readRegularFile } from '../core/read-file.ts'
import { type AddedCertificate, addCertificate, type NewCertificate } from '../registry/add.ts'
import { describeEntry } from '../registry/described-entry.ts'
import { EditRefused } from '../registry/edit-refused.ts'
import type { GivenPassphrase, Material } from '../registry/material.ts'
import { canAsk } from './ask.ts'
import { type Command, type Options, Status } from './command.ts'
import { readValidSettings } from './configuration.ts'
import { complain, type Io, remark } from './io.ts'
import { CONFIGURATION, JSON_OUTPUT } from './options.ts'
import { readSecret } from './read-secret.ts'

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
    { flags: '--pkcs12 <file>', description: 'PKCS#12 (.p12, .pfx): both, instead of --cert and --key' },
    { flags: '--ca <file>', description: "PEM: what the server's certificate must chain to" },
    { flags: '--port <number>', description: 'only for this port', check: checkPort },
    { flags: '--group <name>', description: 'only for these groups, joined with +' },
    { flags: '--id <id>', description: 'its name; default: made from the host' },
    {
      flags: '--passphrase-file <file>',
      description: 'read the passphrase from a file, or from stdin when FILE is -, and keep it',
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
    ['certhop add --host legacy.example --pkcs12 legacy.p12', 'a bundle'],
    [
      'pass show api | certhop add --host api.example --cert c.pem --key k.pem --passphrase-file -',
      'the passphrase from another program',
    ],
  ],
  async run(io, options) {
    const { host: hosts = [], port, id, group = '' } = options
    const wrong = wrongUsage(options)
    if (wrong !== null) {
      complain(io, wrong)
      return Status.invalid
    }
    const settings = await readValidSettings(io, options)
    if (settings === null) return Status.invalid
    const { registry, secrets } = settings
    const certificate: NewCertificate = {
      id,
      hosts,
      port: port === undefined ? undefined : Number(port),
      groups: groupsOf(group),
      material: readMaterial(io, options),
      passphrase: () => readPassphrase(io, options, options.pkcs12 ?? options.key ?? ''),
    }
    const added = await addCertificate(registry, certificate, {
      ageIdentity: secrets.identity,
      onWait: owner => remark(io, `${registry} is being changed by ${owner}; waiting`),
    })
    report(io, added)
    const { state, ...shown } = describeEntry(added.entry, Date.now())
    io.stdout.write(options.json ? `${JSON.stringify(shown, null, 2)}\n` : `${added.entry.id}\n`)
    return Status.done
  },
}

function wrongUsage({ host, cert, key, pkcs12, passphraseFile, passphraseEnv }: Options): string | null {
  if (host === undefined) return 'say which hosts get the certificate, with --host PATTERN'
  const isPem = cert !== undefined && key !== undefined && pkcs12 === undefined
  const isBundle = pkcs12 !== undefined && cert === undefined && key === undefined
  if (!isPem && !isBundle)
    return 'name the files: --cert FILE and --key FILE, or --pkcs12 FILE for both in one'
  if (passphraseFile === undefined || passphraseEnv === undefined) return null
  return '--passphrase-file and --passphrase-env exclude each other'
}

function checkPort(text: string): string | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65535 ? null : 'It must be a number from 1 to 65535.'
}

function readMaterial(io: Io, { cert = '', key = '', pkcs12, ca }: Options): Material {
  const read = (name: string) => {
    const path = resolve(io.folder, name)
    return { path, content: readFile(path) }
  }
  const trust = ca === undefined ? {} : { ca: read(ca) }
  if (pkcs12 !== undefined) return { pkcs12: read(pkcs12), ...trust }
  return { cert: read(cert), key: read(key), ...trust }
}

function readFile(path: string): Buffer {
  const read = readRegularFile(path, LARGEST_FILE)
  if ('content' in read) return read.content
  throw new EditRefused('invalid', `${path} ${read.reason}`, { hint: read.hint })
}

async function readPassphrase(io: Io, options: Options, locked: string): Promise<GivenPassphrase> {
  const { passphraseFile: file, passphraseEnv: name } = options
  if (name !== undefined) return { kind: 'env', name }
  if (file !== undefined && file !== '-') {
    const value = readFile(resolve(io.folder, file))
      .toString()
      .replace(/\r?\n$/, '')
    return { kind: 'plain', value }
  }
  const isToRead = file === '-' || canAsk(io)
  const value = isToRead ? await readSecret(io, `Passphrase of ${locked}: `) : null
  if (value !== null) return { kind: 'plain', value }
  throw new EditRefused('invalid', `${resolve(io.folder, locked)} is encrypted`, {
    hint: 'give its passphrase on a terminal, or with --passphrase-file FILE (- is stdin) or --passphrase-env NAME',
  })
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
