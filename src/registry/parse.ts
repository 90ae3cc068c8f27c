import { type Path, resolvePath, YamlDocument } from '../core/document.ts'
import type { Problem } from '../core/problem.ts'
import type { PassphraseSource } from '../identity/source.ts'
import type { Definition } from './definition.ts'
import { entrySchema, type RegistryEntry, registrySchema } from './schema.ts'
import { tlsPolicyOf } from './tls-schema.ts'

export interface ParsedRegistry {
  /** The entries that are valid by themselves, in the order of the file. */
  readonly definitions: readonly Definition[]
  /** With an error among them the registry is refused as a whole. */
  readonly problems: readonly Problem[]
}

/** From the text of a registry file to its definitions, with everything that is wrong with it. `file` is absolute. */
export function parseRegistry(file: string, text: string): ParsedRegistry {
  const document = new YamlDocument(file, text)
  const count = document.validate(registrySchema)?.certificates?.length ?? 0
  const definitions: Definition[] = []
  for (let index = 0; index < count; index += 1) {
    const path = ['certificates', index]
    const entry = document.validate(entrySchema, path)
    if (entry === null) continue
    if (typeof entry.passphrase === 'string') warnOfPlainPassphrase(document, path)
    definitions.push(define(document, path, index + 1, entry))
  }
  reportDuplicateIds(document, definitions)
  reportMixedTimes(document, definitions)
  return { definitions, problems: document.problems }
}

function define(document: YamlDocument, path: Path, position: number, entry: RegistryEntry): Definition {
  const { file } = document
  const at = (key: string) => document.position(key in entry ? [...path, key] : path)
  return {
    id: entry.id,
    hosts: typeof entry.host === 'string' ? [entry.host] : entry.host,
    port: entry.port ?? null,
    groups: entry.groups ?? null,
    addedAt: entry.addedAt === undefined ? null : Date.parse(entry.addedAt),
    position,
    source: {
      ...keyAndCertificate(file, entry),
      passphrase: passphraseSource(file, entry.passphrase),
      ca: entry.ca === undefined ? null : resolvePath(file, entry.ca),
      systemRoots: entry.systemRoots ?? false,
      tls: tlsPolicyOf(entry.tls),
    },
    at: {
      entry: document.position(path),
      cert: at('cert'),
      key: at('key'),
      pkcs12: at('pkcs12'),
      passphrase: at('passphrase'),
      ca: at('ca'),
    },
  }
}

/** The schema has made sure that one of the two forms is there. */
function keyAndCertificate(file: string, { cert = '', key = '', pkcs12 }: RegistryEntry) {
  if (pkcs12 !== undefined) return { pkcs12: resolvePath(file, pkcs12) }
  return { cert: resolvePath(file, cert), key: resolvePath(file, key) }
}

function passphraseSource(file: string, passphrase: RegistryEntry['passphrase']): PassphraseSource | null {
  if (passphrase === undefined) return null
  if (typeof passphrase === 'string') return { kind: 'plain', value: passphrase }
  if ('env' in passphrase) return { kind: 'env', name: passphrase.env }
  if ('age' in passphrase) return { kind: 'age', value: passphrase.age }
  return { kind: 'file', path: resolvePath(file, passphrase.file) }
}

function warnOfPlainPassphrase(document: YamlDocument, path: Path): void {
  document.report([...path, 'passphrase'], {
    severity: 'warning',
    code: 'plain_passphrase',
    message: 'the passphrase stands here for everyone who can read this file',
    hint: 'encrypt it with `certhop secrets encrypt`, or use {env: NAME} or {file: PATH}',
  })
}

function reportDuplicateIds(document: YamlDocument, definitions: readonly Definition[]): void {
  const first = new Map<string, Definition>()
  for (const definition of definitions) {
    const earlier = first.get(definition.id)
    if (earlier === undefined) {
      first.set(definition.id, definition)
      continue
    }
    document.report(['certificates', definition.position - 1, 'id'], {
      code: 'duplicate_id',
      message: `the id \`${definition.id}\` is already used on line ${earlier.at.entry.line}`,
      hint: 'give each certificate an id of its own',
    })
  }
}

function reportMixedTimes(document: YamlDocument, definitions: readonly Definition[]): void {
  const without = definitions.filter(({ addedAt }) => addedAt === null)
  const [first] = without
  if (first === undefined || without.length === definitions.length) return
  document.report(['certificates', first.position - 1], {
    code: 'mixed_added_at',
    message: `${without.length} of ${definitions.length} entries have no \`addedAt\`, \`${first.id}\` among them`,
    hint: 'give it to every entry, or to none and let the order of the file decide',
  })
}
