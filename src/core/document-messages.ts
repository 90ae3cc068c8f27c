import type { z } from 'zod'
import { nearest } from './nearest.ts'

/** For a key that the schema does not know, given those that it knows there. */
export function describeUnknownKey(
  key: string,
  known: readonly string[],
): { message: string; hint?: string } {
  const near = nearest(key, known)
  // A URL may hold a password, and a URL in braces is a key.
  const shown = key.includes('@') ? 'this' : `\`${key}\``
  const message = `${shown} is not a known setting`
  if (near !== null) return { message: `${message}; did you mean \`${near}\`?` }
  return known.length === 0 ? { message } : { message, hint: `known here: ${known.join(', ')}` }
}

/** The rest of a sentence whose subject is the key. A schema's own message wins over it, and is phrased the same way. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeName(issue.expected)}, not ${typeNameOf(issue.input)}${quoteAdvice(issue)}`
    case 'invalid_value':
      return `must be ${issue.values.map(value => `\`${String(value)}\``).join(' or ')}`
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty'
      return `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    case 'invalid_union':
      return `cannot be ${typeNameOf(issue.input)}`
    default:
      return undefined
  }
}

function quoteAdvice(issue: { expected: string; input?: unknown }): string {
  const quotable = ['number', 'boolean'].includes(typeof issue.input)
  return issue.expected === 'string' && quotable ? ' (put it in quotes)' : ''
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
    null: 'empty',
  }
  return names[expected] ?? expected
}

function typeNameOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'boolean' ? String(value) : typeName(typeof value)
}

/**
 * A sentence for an error code of the YAML parser. The parser's own messages quote the text around an error, which may
 * be a passphrase.
 */
export function describeSyntax(code: string): { message: string; hint?: string } {
  switch (code) {
    case 'DUPLICATE_KEY':
      return { message: 'this key stands here twice', hint: 'remove one of the two' }
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
      return { message: 'no anchor has this name', hint: 'text that starts with `*` needs quotes' }
    case 'TAG_RESOLVE_FAILED':
    case 'MULTIPLE_TAGS':
      return { message: 'tags are not supported', hint: 'text that starts with `!` needs quotes' }
    case 'BAD_SCALAR_START':
      return { message: 'text cannot start with this character', hint: 'put it in quotes' }
    case 'BAD_DQ_ESCAPE':
      return { message: 'this escape does not exist', hint: 'single quotes take every character literally' }
    case 'TAB_AS_INDENT':
      return { message: 'a tab cannot indent', hint: 'use spaces' }
    case 'BAD_INDENT':
      return { message: 'this line is not indented like its neighbours' }
    case 'MISSING_CHAR':
      return { message: 'a bracket, a quote, a comma or a colon is missing here' }
    case 'MULTIPLE_DOCS':
      return { message: 'a second document starts here', hint: 'a file holds one; remove the `---`' }
    case 'NON_STRING_KEY':
      return { message: 'a key must be text', hint: 'put it in quotes' }
    default:
      return { message: 'this is not valid YAML' }
  }
}
