import type { Position } from '../core/document.ts'
import { TimeSlice } from '../core/time-slice.ts'
import type { Definition } from './definition.ts'
import { divide, type ListItem } from './list-items.ts'
import { type ParsedRegistry, parseRegistry } from './parse.ts'

/** A registry's text with what it says. */
export interface ParsedText extends ParsedRegistry {
  readonly text: string
}

/** An entry without a problem, with the item of the list that says it. */
interface ReadItem {
  readonly definition: Definition
  readonly item: ListItem
}

interface ReadText {
  readonly head: string
  readonly items: ReadonlyMap<string, ReadItem>
}

/** Characters that are parsed in a few milliseconds. */
export const SMALL = 16 * 1024

/**
 * `parseRegistry` for a text that says much of what `before` said: what stands there word for word, wherever, is not parsed
 * again. Null where that cannot be told without reading all of it, which is so for every text with a problem.
 */
export async function parseChanges(
  file: string,
  text: string,
  before: ParsedText,
): Promise<ParsedRegistry | null> {
  const [old, now] = [await readItems(before), await divide(text)]
  if (old === null || now === null || old.head !== now.head) return null
  const fresh = await readFresh(
    file,
    now.head,
    now.items.filter(item => !old.items.has(item.text)),
  )
  if (fresh === null) return null
  const definitions: Definition[] = []
  const slice = new TimeSlice()
  for (const item of now.items) {
    if (slice.isOver) await slice.next()
    const read = (old.items.get(item.text) ?? fresh.get(item.text)) as ReadItem
    definitions.push(moved(read, item, definitions.length + 1))
  }
  return fitTogether(definitions) ? { definitions, problems: [] } : null
}

/** Null when they are too many to be read here, or when something is wrong with one. */
async function readFresh(
  file: string,
  head: string,
  items: readonly ListItem[],
): Promise<ReadText['items'] | null> {
  if (items.length === 0) return new Map()
  const text = head + items.map(item => item.text).join('')
  if (text.length > SMALL) return null
  return (await readItems({ text, ...parseRegistry(file, text) }))?.items ?? null
}

/** Null for a text that cannot be divided so that each of its entries, and all of it, is in one item. */
async function readItems({ text, definitions, problems }: ParsedText): Promise<ReadText | null> {
  const divided = problems.length === 0 ? await divide(text) : null
  if (divided === null || divided.items.length !== definitions.length) return null
  const items = new Map<string, ReadItem>()
  const slice = new TimeSlice()
  for (const [index, item] of divided.items.entries()) {
    if (slice.isOver) await slice.next()
    const definition = definitions[index] as Definition
    const { line } = definition.at.entry
    const end = divided.items[index + 1]?.line ?? Number.POSITIVE_INFINITY
    if (line < item.line || line >= end) return null
    items.set(item.text, { definition, item })
  }
  return { head: divided.head, items }
}

/** The same entry at the place of `to`. */
function moved({ definition, item }: ReadItem, to: ListItem, position: number): Definition {
  const lines = to.line - item.line
  if (lines === 0 && position === definition.position) return definition
  const by = ({ line, column }: Position): Position => ({ line: line + lines, column })
  const { entry, cert, key, pkcs12, passphrase, ca } = definition.at
  const at = {
    entry: by(entry),
    cert: by(cert),
    key: by(key),
    pkcs12: by(pkcs12),
    passphrase: by(passphrase),
    ca: by(ca),
  }
  return { ...definition, position, at }
}

/** Whether nothing is wrong with the entries as a whole. */
function fitTogether(definitions: readonly Definition[]): boolean {
  const dated = definitions.filter(({ addedAt }) => addedAt !== null).length
  const ids = new Set(definitions.map(({ id }) => id))
  return ids.size === definitions.length && (dated === 0 || dated === definitions.length)
}
