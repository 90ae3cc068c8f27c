import { resolve } from 'node:path'
import { removeItem } from '../core/list-edit.ts'
import { nearest } from '../core/nearest.ts'
import type { Definition } from './definition.ts'
import { type EditOptions, editRegistry, OpenRegistry } from './edit.ts'
import { EditRefused } from './edit-refused.ts'
import { findSuccession, type Succession } from './rivals.ts'

export interface RemovedCertificate {
  readonly definition: Definition
  /** What became of the copies of its files: none had been made, they are gone, or others refer to them (ids). */
  readonly copies: 'none' | 'removed' | readonly string[]
}

/**
 * Takes a certificate out of the registry, and removes the copies of its files unless another entry refers to them.
 * Throws `EditRefused` and `InvalidRegistry`; then nothing has changed.
 */
export function removeCertificate(
  registry: string,
  id: string,
  options: EditOptions = {},
): Promise<RemovedCertificate> {
  return editRegistry(registry, options, async open => {
    const { copies } = open
    const definition = findDefinition(open.definitions, id)
    const text = removeItem(open.text, 'certificates', definition.position - 1)
    if (text === null) {
      throw new EditRefused(
        'not_editable',
        `\`${id}\` cannot be taken out by itself: other entries refer to it`,
        {
          hint: 'it holds an anchor (&NAME) that they use; take it out by hand',
        },
      )
    }
    const rest = open.parse(text)
    const users = copies.usersOf(id, rest)
    const exist = copies.areOf(id)
    if (exist) await copies.mark(id)
    await open.write(text, rest)
    if (!exist) return { definition, copies: 'none' }
    return { definition, copies: users.length === 0 ? 'removed' : users.map(user => user.id) }
  })
}

/**
 * Who wins the hosts of a certificate once it is gone. Throws as `removeCertificate` does; changes nothing.
 */
export function previewRemoval(registry: string, id: string): Succession[] {
  const { definitions } = OpenRegistry.read(resolve(registry), resolve(registry))
  const definition = findDefinition(definitions, id)
  return findSuccession(
    definition,
    definitions.filter(other => other !== definition),
  )
}

/** The definition of `id`. Throws `EditRefused`, naming the id that was probably meant. */
function findDefinition(definitions: readonly Definition[], id: string): Definition {
  const found = definitions.find(definition => definition.id === id)
  if (found !== undefined) return found
  const near = nearest(
    id,
    definitions.map(definition => definition.id),
  )
  throw new EditRefused('unknown_id', `the registry has no certificate \`${id}\``, {
    hint: near === null ? '`certhop list` shows those it has' : `did you mean \`${near}\`?`,
  })
}
