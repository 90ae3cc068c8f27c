import fc from 'fast-check'
import { stringify } from 'yaml'
import { damaged } from './damage.ts'

/** Values where other ones belong, or that have surprised programs. */
const ODD_VALUE = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, 0, -1, 65_536, 1e308, Number.NaN, Number.POSITIVE_INFINITY, '', ' ', '!', '*', '[', '\0'],
    ...[
      '../../../etc/passwd',
      '/dev/zero',
      '::1',
      '0x7f.1',
      '30',
      '30s',
      '-1s',
      '99999999999h',
      '64KiB',
      '{{}}',
    ],
    ...[
      '{a,b}',
      '{1..999999999}',
      `${'{a,b}'.repeat(40)}`,
      '*'.repeat(300),
      '__proto__',
      'constructor',
      '１',
      '\ud800',
    ],
    ...[
      '2026-02-30T00:00:00Z',
      '2026-01-01',
      'sha256/',
      'http://',
      'http://u:p@h:1',
      '10.0.0.0/99',
      '::/129',
    ],
    ...[[], {}, [[]], { env: '' }, { env: 'A', file: 'b' }, { age: 'x' }, { file: null }],
  ),
  fc.string({ maxLength: 12 }),
  fc.anything({ maxDepth: 2, withNullPrototype: false, values: [fc.string({ maxLength: 5 }), fc.integer()] }),
)

/**
 * A YAML document of the shape of `good` with some values replaced by odd ones and keys that nobody knows, or the text of it
 * broken anywhere.
 */
export function hostileYaml(good: object): fc.Arbitrary<string> {
  const replacing = fc
    .array(fc.tuple(fc.nat(), ODD_VALUE), { minLength: 1, maxLength: 4 })
    .map(changes => asYaml(changes.reduce((value, [at, odd]) => replaced(value, at, odd), good as unknown)))
  return fc.oneof(
    replacing,
    damaged(stringify(good)).map(bytes => bytes.toString()),
  )
}

/** What cannot be written is left out. */
function asYaml(value: unknown): string {
  try {
    return stringify(value)
  } catch {
    return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)) ?? ''
  }
}

/** `value` with `odd` in the place of one of the values in it. */
function replaced(value: unknown, at: number, odd: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return odd
  const keys = Object.keys(value)
  if (at % (keys.length + 2) === 0) return odd
  if (at % (keys.length + 2) === 1) return Array.isArray(value) ? [...value, odd] : { ...value, unknown: odd }
  const key = keys[(at % (keys.length + 2)) - 2] as string
  const inner = replaced((value as Record<string, unknown>)[key], Math.floor(at / (keys.length + 2)), odd)
  return Array.isArray(value)
    ? value.map((each, index) => (String(index) === key ? inner : each))
    : { ...value, [key]: inner }
}
