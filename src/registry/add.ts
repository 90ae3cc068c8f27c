import { describeIssue } from '../core/document-messages.ts'
import { CerthopError } from '../core/errors.ts'
import { appendItem } from '../core/list-edit.ts'
import { IdentityLoader } from '../identity/load.ts'
import type { PassphraseSource } from '../identity/source.ts'
import type { CopiedFile, CopiedFiles } from './copied-files.ts'
import type { Definition } from './definition.ts'
import { type EditOptions, editRegistry, type OpenRegistry } from './edit.ts'
import { EditRefused } from './edit-refused.ts'
import type { Entry } from './entry.ts'
import { deriveId } from './entry-id.ts'
import { FileStates } from './file-states.ts'
import { loadEntries } from './load-entries.ts'
import { findRivals, type Rival } from './rivals.ts'
import { entrySchema } from './schema.ts'

/** A file to copy. `path` is what errors call it. */
export interface Material {
  readonly path: string
  readonly content: Buffer
}

export interface NewCertificate {
  /** Derived from the first host when left out. */
  readonly id?: string | undefined
  /** Patterns; at least one. */
  readonly hosts: readonly string[]
  /** 1 to 65535; every port when left out. */
  readonly port?: number | undefined
  readonly cert: Material
  readonly key: Material
  readonly ca: Material | null
  /** Asked only when the key is encrypted. A plain one is copied, a variable is referred to by its name. */
  readonly passphrase: () => Promise<PassphraseSource | null>
}

export interface AddedCertificate {
  readonly entry: Entry
  readonly rivals: readonly Rival[]
}

/**
 * Puts a certificate into the registry, and copies of its files beside it. Everything is tried first, as the proxy will
 * use it. Throws `EditRefused`, a `CerthopError` that says what is wrong with the files, and `InvalidRegistry`; then
 * nothing has changed.
 */
export async function addCertificate(
  registry: string,
  certificate: NewCertificate,
  options: EditOptions = {},
): Promise<AddedCertificate> {
  validate(certificate)
  const passphrase = await openMaterial(certificate)
  return editRegistry(registry, options, open => addTo(open, certificate, passphrase))
}

async function addTo(
  registry: OpenRegistry,
  certificate: NewCertificate,
  passphrase: PassphraseSource | null,
): Promise<AddedCertificate> {
  const { copies, definitions: others } = registry
  const id = chooseId(certificate, others, copies)
  const files = filesToCopy(certificate, passphrase)
  const item = describe(certificate, id, passphrase, others, file => copies.pathOf(id, file))
  const text = appendItem(registry.text, 'certificates', item)
  if (text === null) {
    const message = 'the registry is written in a way that this cannot add to'
    throw new EditRefused('not_editable', message, { hint: 'add the entry by hand' })
  }
  const definitions = registry.parse(text)
  const definition = definitions.at(-1) as Definition
  await copies.mark(id)
  await copies.write(id, files)
  const [entry] = (await loadEntries([definition], [], new FileStates(registry.file))) as [Entry]
  if (entry.error !== null) throw entry.error
  await registry.write(text, definitions)
  return { entry, rivals: findRivals(definition, others) }
}

/** Throws `EditRefused` for what no entry may say. */
function validate({ id, hosts, port }: NewCertificate): void {
  const { shape } = entrySchema
  if (hosts.length === 0) throw new EditRefused('invalid', 'the host must not be empty')
  if (id !== undefined) check('id', id, shape.id)
  if (port !== undefined) check('port', port, shape.port)
  for (const host of hosts) check('host', host, shape.host)
}

function check(
  name: string,
  value: string | number,
  schema: (typeof entrySchema.shape)['id' | 'host' | 'port'],
): void {
  const issue = schema.safeParse(value, { error: describeIssue }).error?.issues[0]
  if (issue === undefined) return
  const { hint } = (issue.code === 'custom' && issue.params) || {}
  throw new EditRefused('invalid', `the ${name} \`${value}\` ${issue.message}`, { hint })
}

/** Opens the key and fits everything together. Returns the passphrase that it took. */
async function openMaterial({ cert, key, ca, passphrase }: NewCertificate): Promise<PassphraseSource | null> {
  const contents = new Map([cert, key, ...(ca === null ? [] : [ca])].map(each => [each.path, each.content]))
  const loader = new IdentityLoader({
    read: path => contents.get(path) ?? { reason: 'was not given', hint: '' },
  })
  const load = (source: PassphraseSource | null) =>
    loader.load('new', {
      cert: cert.path,
      key: key.path,
      ca: ca?.path ?? null,
      systemRoots: false,
      passphrase: source,
    })
  try {
    let taken: PassphraseSource | null = null
    let loaded = await load(null)
    if (loaded.error?.code === 'passphrase_wrong') {
      taken = await passphrase()
      loaded = await load(taken)
    }
    if (loaded.error !== null) throw loaded.error
    const { notAfter } = loaded.facts
    if (notAfter < Date.now()) {
      const message = `the certificate in ${cert.path} expired at ${new Date(notAfter).toISOString()}`
      throw new CerthopError('client_certificate_expired', message, { hint: 'add the renewed one' })
    }
    // TLS has demands of its own, such as the length of the key.
    void loaded.identity.secureContext
    return taken
  } finally {
    await loader.close()
  }
}

function chooseId(
  { id, hosts }: NewCertificate,
  definitions: readonly Definition[],
  copies: CopiedFiles,
): string {
  const isUsed = (candidate: string) => definitions.some(definition => definition.id === candidate)
  if (id === undefined)
    return deriveId(hosts[0] ?? '', candidate => isUsed(candidate) || copies.has(candidate))
  if (isUsed(id)) {
    const hint = 'give the new one another id; where both match, the most recently added wins'
    throw new EditRefused('id_taken', `the registry has a certificate \`${id}\` already`, { hint })
  }
  if (!copies.has(id)) return id
  const hint = 'choose another id, or remove the folder when nothing needs it'
  throw new EditRefused('id_taken', `there is a folder certs/${id} beside the registry already`, { hint })
}

function filesToCopy(
  { cert, key, ca }: NewCertificate,
  passphrase: PassphraseSource | null,
): Map<CopiedFile, string | Buffer> {
  const files = new Map<CopiedFile, string | Buffer>([
    ['cert', cert.content],
    ['key', key.content],
  ])
  if (ca !== null) files.set('ca', ca.content)
  if (passphrase?.kind === 'plain') files.set('passphrase', `${passphrase.value}\n`)
  return files
}

/** The entry as it is written, its keys in the order of the documentation. */
function describe(
  { hosts, port, ca }: NewCertificate,
  id: string,
  passphrase: PassphraseSource | null,
  others: readonly Definition[],
  pathOf: (file: CopiedFile) => string,
): Record<string, unknown> {
  const isDated = others.length === 0 || others.some(({ addedAt }) => addedAt !== null)
  const reference = passphrase?.kind === 'env' ? { env: passphrase.name } : { file: pathOf('passphrase') }
  return {
    id,
    host: hosts.length === 1 ? hosts[0] : [...hosts],
    ...(port === undefined ? {} : { port }),
    ...(isDated ? { addedAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z') } : {}),
    cert: pathOf('cert'),
    key: pathOf('key'),
    ...(passphrase === null ? {} : { passphrase: reference }),
    ...(ca === null ? {} : { ca: pathOf('ca') }),
  }
}
