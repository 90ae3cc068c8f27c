import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml'
import { z } from 'zod'
import { describeIssue, describeSyntax, describeUnknownKey } from './document-messages.ts'
import type { Problem } from './problem.ts'

/** Where a value stands in a document: keys of mappings and indexes of lists, from the root. */
export type Path = readonly (string | number)[]

/** Both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface ProblemDetails {
  severity?: Problem['severity']
  code: string
  message: string
  /** What to do about it; default none. */
  hint?: string
}

/** How many nodes the aliases of a document may add once they are followed: far above any real file, far below an alias bomb. */
const MAX_NODES = 1_000_000

const START: Position = { line: 1, column: 1 }

/**
 * A YAML 1.2 file that knows where each of its values stands.
 *
 * Nothing here throws: what is wrong with the file is in `problems`. `validate` adds what a schema finds, and `report`
 * what the caller finds, so that a user sees everything at once.
 */
export class YamlDocument {
  readonly file: string
  readonly problems: Problem[] = []
  readonly #lines = new LineCounter()
  readonly #document: Document
  readonly #content: unknown = undefined
  /** The pairs of mappings in which one was looked for, by their keys. */
  readonly #pairs = new Map<YAMLMap, Map<unknown, Pair>>()

  constructor(file: string, text: string) {
    this.file = file
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      stringKeys: true,
      strict: true,
      // Each key would be compared with every other. It is looked after below.
      uniqueKeys: false,
    })
    const faults = [...this.#document.errors, ...this.#document.warnings]
    for (const { code, pos } of faults.sort((a, b) => a.pos[0] - b.pos[0])) {
      this.#add(this.#positionOf(pos[0]), { code: 'yaml_syntax', ...describeSyntax(code) })
    }
    if (this.problems.length === 0) this.#content = this.#read()
  }

  /** False when the text is no YAML, empty or refused; then `validate` always returns null. */
  get readable(): boolean {
    return this.#content !== undefined
  }

  /** The value at `path` in the form the schema gives it, or null after reporting everything that is wrong with it. */
  validate<Schema extends z.ZodType>(schema: Schema, path: Path = []): z.output<Schema> | null {
    if (!this.readable) return null
    const result = schema.safeParse(this.#valueAt(path), { error: describeIssue })
    if (result.success) return result.data
    for (const issue of result.error.issues) this.#reportIssue(schema, path, issue as z.core.$ZodIssue, path)
    return null
  }

  /** Adds a problem at the value that stands at `path`, or at its nearest parent when there is none. */
  report(path: Path, details: ProblemDetails): void {
    this.#add(this.position(path), details)
  }

  /** The position of the value at `path`; of its nearest parent when there is none. */
  position(path: Path): Position {
    let node: unknown = this.#document.contents
    let offset = startOf(node) ?? 0
    for (const step of path) {
      const child = this.#child(node, step)
      if (child === null) break
      offset = child.offset
      node = child.value
    }
    return this.#positionOf(offset)
  }

  #read(): unknown {
    if (this.#document.contents === null) {
      this.#add(START, { code: 'yaml_empty', message: 'the file is empty' })
      return undefined
    }
    const { added, unknown, repeated } = survey(this.#document)
    for (const [nodes, code] of [
      [repeated, 'DUPLICATE_KEY'],
      [unknown, 'BAD_ALIAS'],
    ] as const) {
      for (const node of nodes)
        this.#add(this.#positionOf(startOf(node) ?? 0), { code: 'yaml_syntax', ...describeSyntax(code) })
    }
    if (added > MAX_NODES) {
      const message = 'its aliases expand to too many values'
      this.#add(START, { code: 'yaml_too_large', message, hint: 'write the values out' })
    }
    return this.problems.length === 0 ? this.#document.toJS({ maxAliasCount: -1 }) : undefined
  }

  #valueAt(path: Path): unknown {
    let value = this.#content
    for (const step of path) value = (value as Record<string | number, unknown> | null)?.[step]
    return value
  }

  #child(node: unknown, step: string | number): { offset: number; value: unknown } | null {
    const parent = isAlias(node) ? node.resolve(this.#document) : node
    if (isMap(parent)) {
      const pair = this.#pairOf(parent, step)
      const offset = startOf(pair?.value) ?? startOf(pair?.key)
      return pair === undefined || offset === null ? null : { offset, value: pair.value }
    }
    const item = isCollection(parent) && typeof step === 'number' ? parent.items[step] : undefined
    const offset = startOf(item)
    return offset === null ? null : { offset, value: item }
  }

  #keyPosition(path: Path, key: string): Position {
    let node: unknown = this.#document.contents
    for (const step of path) node = this.#child(node, step)?.value
    const map = isAlias(node) ? node.resolve(this.#document) : node
    const pair = isMap(map) ? this.#pairOf(map, key) : undefined
    const offset = startOf(pair?.key)
    return offset === null ? this.position(path) : this.#positionOf(offset)
  }

  #pairOf(map: YAMLMap, key: unknown): Pair | undefined {
    let pairs = this.#pairs.get(map)
    if (pairs === undefined) {
      pairs = new Map(map.items.map(pair => [keyOf(pair.key), pair]))
      this.#pairs.set(map, pairs)
    }
    return pairs.get(key)
  }

  #reportIssue(schema: z.ZodType, root: Path, issue: z.core.$ZodIssue, prefix: Path): void {
    const path = [...prefix, ...(issue.path as Path)]
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, path.slice(root.length))
      for (const key of issue.keys) {
        this.#add(this.#keyPosition(path, key), { code: 'unknown_key', ...describeUnknownKey(key, known) })
      }
      return
    }
    const meant = issue.code === 'invalid_union' ? meantBranch(issue.errors) : null
    if (meant !== null) {
      for (const inner of meant) this.#reportIssue(schema, root, inner, path)
      return
    }
    const missing = this.#valueAt(path) === undefined
    const code = missing ? 'missing_key' : 'invalid_value'
    const message = `\`${nameOf(path)}\` ${missing ? 'is missing' : issue.message}`
    const { hint } = (issue.code === 'custom' && issue.params) || {}
    this.report(path, { code, message, hint: typeof hint === 'string' ? hint : '' })
  }

  #positionOf(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  #add(position: Position, { severity = 'error', code, message, hint = '' }: ProblemDetails): void {
    this.problems.push({ severity, file: this.file, ...position, code, message, hint })
  }
}

/** A path as written in `file`, made absolute: `~/` is the home directory, anything else relative to the file's folder. */
export function resolvePath(file: string, path: string): string {
  if (path === '~' || path.startsWith('~/')) return resolve(homedir(), path.slice(2))
  return resolve(dirname(file), path)
}

function startOf(node: unknown): number | null {
  if (!isNode(node) || node.range === null || node.range === undefined) return null
  return node.range[0]
}

function keyOf(key: unknown): unknown {
  return isNode(key) && 'value' in key ? key.value : undefined
}

/**
 * The number of nodes that aliases add when they are followed (infinite when one contains itself), the aliases without an
 * anchor, and the keys that a mapping has a second time.
 */
function survey(document: Document): { added: number; unknown: Alias[]; repeated: unknown[] } {
  const sizes = new Map<Node, number>()
  let written = 0
  const anchors = new Map<string, Node>()
  const unknown: Alias[] = []
  const repeated: unknown[] = []
  const measure = (node: unknown): number => {
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (target === undefined) unknown.push(node)
      written += 1
      return target === undefined ? 1 : (sizes.get(target) ?? Number.POSITIVE_INFINITY)
    }
    if (isNode(node) && 'anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node)
    let size = 1
    written += 1
    if (isMap(node)) {
      const keys = new Set<unknown>()
      for (const { key, value } of node.items) {
        written += 1
        size += 1 + measure(value)
        if (keys.size === keys.add(keyOf(key)).size) repeated.push(key)
      }
    } else if (isCollection(node)) for (const item of node.items) size += measure(item)
    if (isNode(node)) sizes.set(node, size)
    return size
  }
  return { added: measure(document.contents) - written, unknown, repeated }
}

/** The keys that the schema knows for the mapping at `path`. */
function knownKeys(schema: z.core.$ZodType, path: Path): string[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(option => knownKeys(option, path))
  if (schema instanceof z.ZodPipe) return knownKeys(schema.in, path)
  if (schema instanceof z.ZodArray) return path.length === 0 ? [] : knownKeys(schema.element, path.slice(1))
  if (schema instanceof z.ZodRecord)
    return path.length === 0 ? [] : knownKeys(schema.valueType, path.slice(1))
  if (schema instanceof z.ZodObject) {
    const [key, ...rest] = path
    if (key === undefined) return Object.keys(schema.shape)
    const member: z.core.$ZodType | undefined = schema.shape[key]
    return member === undefined ? [] : knownKeys(member, rest)
  }
  const inner = 'innerType' in schema._zod.def ? schema._zod.def.innerType : undefined
  return inner instanceof z.ZodType ? knownKeys(inner, path) : []
}

/** Of the alternatives of a union the only one that the value has the right type for, if there is just one. */
function meantBranch(branches: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] | null {
  const fitting = branches.filter(
    issues =>
      !issues.some(({ path, code }) => path.length === 0 && ['invalid_type', 'invalid_value'].includes(code)),
  )
  return fitting.length === 1 ? (fitting[0] ?? null) : null
}

/** `upstream.connectTimeout`; within a list only what follows the index, or the list's own name for a whole item. */
function nameOf(path: Path): string {
  const index = path.findLastIndex(step => typeof step === 'number')
  const within = path.slice(index + 1)
  if (within.length > 0) return within.join('.')
  return String(path.findLast(step => typeof step === 'string') ?? 'the file')
}
