import { parseAst } from 'rolldown/parseAst'

/** One small change of a source text: `text.slice(start, end)` becomes `replacement`. */
export interface Mutant {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [property: string]: unknown
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '&': ['|'],
  '|': ['&'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '|=': ['&='],
}

/** Types say nothing at run time, and an import that leads elsewhere ends every test at once. */
const LEFT_ALONE = /^(?:TS(?!AsExpression|NonNullExpression|SatisfiesExpression)|Import|ExportAll)/

/** Every mutant of a TypeScript text, in the order of their places. What is written for people, such as a message, is left alone. */
export function mutantsOf(text: string): Mutant[] {
  const mutants: Mutant[] = []
  visit(parseAst(text, { lang: 'ts' }) as unknown as Node, text, mutants)
  return mutants.sort((a, b) => a.start - b.start || a.end - b.end)
}

function visit(node: Node, text: string, mutants: Mutant[]): void {
  if (LEFT_ALONE.test(node.type)) return
  for (const [start, end, replacement] of changesOf(node, text)) mutants.push({ start, end, replacement })
  for (const [property, value] of Object.entries(node)) {
    // A constant that only types ask for; that the whole fallback makes a difference is a mutant of its own.
    if (node['operator'] === '??' && property === 'right' && (value as Node).type === 'Literal') continue
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) visit(child, text, mutants)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

type Change = readonly [start: number, end: number, replacement: string]

function changesOf(node: Node, text: string): Change[] {
  const whole = (replacement: string): Change => [node.start, node.end, replacement]
  const sourceOf = ({ start, end }: Node) => text.slice(start, end)
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression': {
      const { left, right } = node as unknown as { left: Node; right: Node }
      if (node['operator'] === '??') return [whole(`(${sourceOf(right)})`)]
      if (String(node['operator']).startsWith('+') && (isText(left) || isText(right))) return []
      return operatorChanges(left, right, text)
    }
    case 'IfStatement':
    case 'ConditionalExpression': {
      const test = node['test'] as Node
      return [[test.start, test.end, `!(${sourceOf(test)})`]]
    }
    case 'WhileStatement': {
      const test = node['test'] as Node
      return [[test.start, test.end, 'false']]
    }
    case 'UnaryExpression':
      return node['operator'] === '!' ? [whole(sourceOf(node['argument'] as Node))] : []
    case 'ExpressionStatement':
    case 'ThrowStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return [whole(';')]
    case 'ReturnStatement':
      return [whole(/^return( undefined)?;?$/.test(sourceOf(node)) ? ';' : 'return undefined')]
    case 'Literal':
      return literalChanges(node).map(whole)
    default:
      return []
  }
}

function isText(node: Node): boolean {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node['value'] === 'string')
}

/** The operator stands between its operands, with nothing else but parentheses and white space. */
function operatorChanges(left: Node, right: Node, text: string): Change[] {
  const between = text.slice(left.end, right.start)
  const operator = /[<>=!+\-*&|]+/.exec(between)
  if (operator === null) return []
  const start = left.end + operator.index
  const end = start + operator[0].length
  return (OPERATORS[operator[0]] ?? []).map(other => [start, end, other])
}

function literalChanges({ value, raw, regex }: Node): string[] {
  if (regex !== undefined && regex !== null) return patternChanges(String(raw))
  if (typeof value === 'boolean') return [String(!value)]
  if (typeof value === 'number') return value === 0 ? ['1'] : [String(value + 1), String(value - 1)]
  if (typeof value === 'string' && value !== '' && !/\w \w/.test(value)) return ["''"]
  return []
}

/** An anchor is gone, at least one becomes any number, letters are told apart by case. */
function patternChanges(raw: string): string[] {
  const changes: string[] = []
  if (raw.startsWith('/^')) changes.push(`/${raw.slice(2)}`)
  const end = raw.lastIndexOf('/')
  if (raw[end - 1] === '$') changes.push(raw.slice(0, end - 1) + raw.slice(end))
  const repeated = raw.search(/[\])]\+/)
  if (repeated !== -1) changes.push(`${raw.slice(0, repeated + 1)}*${raw.slice(repeated + 2)}`)
  if (raw.indexOf('i', end) !== -1) changes.push(raw.slice(0, end) + raw.slice(end).replace('i', ''))
  return changes
}
