import { isDeepStrictEqual } from 'node:util'
import {
  type CST,
  Document,
  isCollection,
  isMap,
  isSeq,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { endOfLine, insertLines, isBlankLine, lineBefore, lineBreakOf, splice, startOfLine } from './lines.ts'

/** What is appended: scalars, and lists or mappings of them. */
export type Item = Readonly<Record<string, unknown>>

/**
 * The text of a YAML mapping with one more item at the end of the list under `key`, which may be empty. Every other octet
 * stays as it is: comments, quotes, anchors, line breaks. Null for a text where that cannot be done.
 */
export function appendItem(text: string, key: string, item: Item): string | null {
  const found = locate(text, key)
  if (found === null) return null
  const edited = append(found, item)
  return holds(edited, key, [...found.items, item]) ? edited : null
}

/**
 * The text without the item at `index` of the list under `key`. What stands on the item's own lines goes with it, and so
 * do comments indented as its content; those above it stay. Null for a text where that cannot be done, such as one in
 * which the item holds the anchor of an alias elsewhere.
 */
export function removeItem(text: string, key: string, index: number): string | null {
  const found = locate(text, key)
  if (found === null || !isSeq(found.list) || found.items[index] === undefined) return null
  const edited = found.list.flow
    ? cutFlowItem(text, found.list, index)
    : cutBlockItem(text, found.list, index)
  return holds(edited, key, found.items.toSpliced(index, 1)) ? edited : null
}

interface Located {
  readonly text: string
  readonly root: YAMLMap
  /** The list, or an empty value in its place. */
  readonly list: Node
  readonly items: readonly unknown[]
}

function locate(text: string, key: string): Located | null {
  const document = parseDocument<ParsedNode>(text, { keepSourceTokens: true })
  const root = document.contents
  if (document.errors.length > 0 || !isMap(root)) return null
  const list = root.get(key, true) as Node | undefined
  const items = itemsOf(document, key)
  return list === undefined || items === null ? null : { text, root: root as YAMLMap, list, items }
}

/** Whether the text says what it was meant to say: the one thing that makes editing text safe. */
function holds(text: string, key: string, items: readonly unknown[]): boolean {
  const document = parseDocument(text)
  return document.errors.length === 0 && isDeepStrictEqual(itemsOf(document, key), items)
}

/** Null for a value that is no list, and for an alias whose anchor is gone. */
function itemsOf(document: Pick<Document, 'toJS'>, key: string): readonly unknown[] | null {
  try {
    const items = document.toJS({ maxAliasCount: -1 })?.[key] ?? []
    return Array.isArray(items) ? items : null
  } catch {
    return null
  }
}

function append({ text, root, list }: Located, item: Item): string {
  if (isSeq(list) && list.items.length > 0) {
    return list.flow ? appendToFlow(text, list, item) : appendToBlock(text, list, item)
  }
  const [start, end] = rangeOf(list)
  if (root.flow) return splice(text, start, end, `${isSeq(list) ? '' : ' '}[${flowItem(text, root, item)}]`)
  // `certificates: []` and `certificates: null` become the head of a block.
  const head = splice(text, start, end, '')
  return insertLines(head, endOfBlock(head, endOfLine(head, start), 0), blockItem(item, 2, 1))
}

function appendToBlock(text: string, list: YAMLSeq, item: Item): string {
  const last = list.items.length - 1
  const dash = dashOf(list, last)
  const line = startOfLine(text, dash)
  const gap = /^ +(?=\S)/.exec(text.slice(dash + 1, endOfLine(text, dash)))?.[0].length ?? 1
  const lines = blockItem(item, dash - line, gap)
  const apart = last > 0 && isBlankLine(text, lineBefore(text, line))
  return insertLines(text, endOfItem(text, list, last), apart ? ['', ...lines] : lines)
}

function appendToFlow(text: string, list: YAMLSeq, item: Item): string {
  const last = list.items.at(-1) as Node
  const [start, end] = rangeOf(last)
  const comma = match(text, end, COMMA)
  const comment = match(text, end + comma.length, COMMENT)
  const indent = text.slice(startOfLine(text, start), start)
  const onOwnLine = indent.trim() === ''
  const separator = onOwnLine || comment !== '' ? lineBreakOf(text) + (onOwnLine ? indent : '  ') : ' '
  const inserted = comment + separator + flowItem(text, last, item)
  const rest = end + comma.length + comment.length
  return splice(text, end, rest, comma === '' ? `,${inserted}` : `${comma}${inserted},`)
}

function cutBlockItem(text: string, list: YAMLSeq, index: number): string {
  const start = startOfLine(text, dashOf(list, index))
  const end = endOfItem(text, list, index)
  const before = lineBefore(text, start)
  // A blank line that set the item apart goes with it, unless its neighbours would then touch.
  const apart = isBlankLine(text, before) && (isBlankLine(text, end) || index === list.items.length - 1)
  return splice(text, apart ? (before ?? start) : start, end, '')
}

function cutFlowItem(text: string, list: YAMLSeq, index: number): string {
  const [start, end] = rangeOf(list.items[index])
  const comma = match(text, end, COMMA)
  const rest = end + comma.length + match(text, end + comma.length, COMMENT).length
  const line = startOfLine(text, start)
  const indent = /[ \t]*$/.exec(text.slice(line, start))?.[0].length ?? 0
  const onOwnLine = start - indent === line && text.slice(rest, endOfLine(text, rest)).trim() === ''
  let cut: string
  if (onOwnLine) cut = splice(text, line, endOfLine(text, rest), '')
  else if (index === list.items.length - 1) cut = splice(text, start - indent, rest, '')
  else cut = splice(text, start, rest + match(text, rest, /[ \t]*/y).length, '')
  if (comma !== '' || index === 0) return cut
  // The comma in front of the last one separates nothing any more.
  const [, previous] = rangeOf(list.items[index - 1])
  return splice(cut, previous, previous + match(text, previous, COMMA).length, '')
}

const COMMA = /\s*,/y
const COMMENT = /[ \t]+#[^\r\n]*/y

function match(text: string, at: number, pattern: RegExp): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** From the first to behind the last character of the value itself. */
function rangeOf(node: unknown): readonly [start: number, end: number] {
  const [start, end] = (node as Node).range ?? [0, 0]
  return [start, end]
}

function dashOf(list: YAMLSeq, index: number): number {
  const token = list.srcToken as CST.BlockSequence
  return token.items[index]?.start.find(({ type }) => type === 'seq-item-ind')?.offset ?? 0
}

/** Behind the last line of an item, comments that are indented as its content included. */
function endOfItem(text: string, list: YAMLSeq, index: number): number {
  const dash = dashOf(list, index)
  const [, end] = rangeOf(list.items[index])
  // The content of a block scalar ends behind a line break.
  const nextLine = text[end - 1] === '\n' ? end : endOfLine(text, end)
  return endOfBlock(text, nextLine, dash - startOfLine(text, dash))
}

/** From the start of a line, behind the comments that follow and are indented deeper than `indent`. */
function endOfBlock(text: string, start: number, indent: number): number {
  let end = start
  for (let line = start; line < text.length; line = endOfLine(text, line)) {
    const comment = /^[ \t]*(?=#)/.exec(text.slice(line, endOfLine(text, line)))?.[0]
    if (comment !== undefined && comment.length > indent) end = endOfLine(text, line)
    else if (!isBlankLine(text, line)) break
  }
  return end
}

/** The lines of an item whose dash stands at `column`, its content `gap` spaces behind it. */
function blockItem(item: Item, column: number, gap: number): string[] {
  const margin = ' '.repeat(column)
  return toYaml(item, { flow: false, quoted: false }).map(
    (line, index) => `${margin}${index === 0 ? '-' : ' '}${' '.repeat(gap)}${line}`,
  )
}

/** An item on one line, as JSON when the keys of the mapping `like` are in quotes. */
function flowItem(text: string, like: Node, item: Item): string {
  const quoted = /^\{\s*"/.test(text.slice(...rangeOf(like)))
  return toYaml(item, { flow: true, quoted }).join('')
}

function toYaml(item: Item, { flow, quoted }: { flow: boolean; quoted: boolean }): string[] {
  const document = new Document(item)
  const root = document.contents as unknown as YAMLMap<unknown, Node>
  root.flow = flow
  for (const { value } of root.items) if (isCollection(value)) value.flow = true
  const type = quoted ? 'QUOTE_DOUBLE' : 'PLAIN'
  return document
    .toString({ lineWidth: 0, flowCollectionPadding: false, defaultStringType: type, defaultKeyType: type })
    .trimEnd()
    .split('\n')
}
