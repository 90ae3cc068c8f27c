import { appendItem } from '../core/list-edit.ts'
import type { AgeIdentitySource } from '../identity/source.ts'
import type { CopiedFiles } from './copied-files.ts'
import type { Definition } from './definition.ts'
import { type EditOptions, editRegistry, type OpenRegistry } from './edit.ts'
import { EditRefused } from './edit-refused.ts'
import type { Entry } from './entry.ts'
import { deriveId } from './entry-id.ts'
import { findFieldProblems } from './field-problems.ts'
import { FileStates } from './file-states.ts'
import { type KeptPassphrase, keepPassphrase } from './keep-passphrase.ts'
import { loadEntries } from './load-entries.ts'
import { copiesOf, type GivenPassphrase, type Material, openMaterial, referencesTo } from './material.ts'
import { findRivals, type Rival } from './rivals.ts'

export interface NewCertificate {
  /** Derived from the first host when left out. */
  readonly id?: string | undefined
  /** Patterns; at least one. */
  readonly hosts: readonly string[]
  /** 1 to 65535; every port when left out. */
  readonly port?: number | undefined
  /** Everybody when left out. */
  readonly groups?: readonly string[] | undefined
  readonly material: Material
  /** Called only when the key or the bundle is encrypted. */
  readonly passphrase: () => Promise<GivenPassphrase>
}

export interface AddOptions extends EditOptions {
  /** What opens files that are encrypted, and what the passphrase is encrypted to. */
  readonly ageIdentity: AgeIdentitySource
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
  options: AddOptions,
): Promise<AddedCertificate> {
  validate(certificate)
  const { ageIdentity } = options
  const passphrase = await openMaterial(certificate.material, ageIdentity, certificate.passphrase)
  const kept = passphrase === null ? null : await keepPassphrase(passphrase, ageIdentity)
  return editRegistry(registry, options, open => addTo(open, certificate, kept, ageIdentity))
}

async function addTo(
  registry: OpenRegistry,
  certificate: NewCertificate,
  passphrase: KeptPassphrase | null,
  ageIdentity: AgeIdentitySource,
): Promise<AddedCertificate> {
  const { copies, definitions: others } = registry
  const id = chooseId(certificate, others, copies)
  const item = itemOf(certificate, id, passphrase, others, name => copies.pathOf(id, name))
  const text = appendItem(registry.text, 'certificates', item)
  if (text === null) {
    const message = 'the registry is written in a way that this cannot add to'
    throw new EditRefused('not_editable', message, { hint: 'add the entry by hand' })
  }
  const definitions = registry.parse(text)
  const definition = definitions.at(-1) as Definition
  await copies.mark(id)
  await copies.write(id, new Map([...copiesOf(certificate.material), ...(passphrase?.files ?? [])]))
  const [entry] = (await loadEntries([definition], [], new FileStates(registry.file), ageIdentity)) as [Entry]
  if (entry.error !== null) throw entry.error
  await registry.write(text, definitions)
  return { entry, rivals: await findRivals(definition, others) }
}

/** Throws `EditRefused` for what no entry may say. */
function validate(certificate: NewCertificate): void {
  const [problem] = findFieldProblems(certificate)
  if (problem !== undefined) throw new EditRefused('invalid', problem.message, problem)
}

/** The id that a new entry gets. Throws `EditRefused` when the one that was asked for is taken. */
export function chooseId(
  { id, hosts }: Pick<NewCertificate, 'id' | 'hosts'>,
  definitions: readonly Definition[],
  copies: CopiedFiles,
): string {
  const isUsed = (candidate: string) => definitions.some(definition => definition.id === candidate)
  if (id === undefined)
    return deriveId(hosts[0] ?? '', candidate => isUsed(candidate) || copies.has(candidate))
  if (isUsed(id)) {
    const hint = 'give the new one another id; where both match, the most recently added wins'
    const message = `the registry has a certificate \`${id}\` already`
    throw new EditRefused('id_taken', message, { hint, field: 'id' })
  }
  if (!copies.has(id)) return id
  const hint = 'choose another id, or remove the folder when nothing needs it'
  const message = `there is a folder certs/${id} beside the registry already`
  throw new EditRefused('id_taken', message, { hint, field: 'id' })
}

/** Whether a new entry says when it was added: as the others do, and where there is none. */
export function isDated(others: readonly Definition[]): boolean {
  return others.length === 0 || others.some(({ addedAt }) => addedAt !== null)
}

/** The entry as it is written, its keys in the order of the documentation. */
function itemOf(
  { hosts, port, groups = [], material }: NewCertificate,
  id: string,
  passphrase: KeptPassphrase | null,
  others: readonly Definition[],
  pathOf: (name: string) => string,
): Record<string, unknown> {
  const { ca, ...form } = referencesTo(material, pathOf)
  return {
    id,
    host: hosts.length === 1 ? hosts[0] : [...hosts],
    ...(port === undefined ? {} : { port }),
    ...(isDated(others) ? { addedAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z') } : {}),
    ...form,
    ...(passphrase === null ? {} : { passphrase: passphrase.reference(pathOf) }),
    ...(ca === undefined ? {} : { ca }),
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
  }
}
