import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type ParsedRegistry, parseRegistry } from '../../src/registry/parse.ts'
import { parseChanges } from '../../src/registry/parse-changes.ts'
import { damaged } from '../support/damage.ts'
import { trials } from '../support/property.ts'

const FILE = '/etc/certhop/registry.yaml'

/** As people write them: one line or many, with comments, lists, quotes and blocks over several lines. */
const STYLES: readonly ((id: string) => string)[] = [
  id => `  - id: ${id}\n    host: "*.${id}.example"\n    cert: ${id}.crt\n    key: ${id}.key\n`,
  id => `  - {id: ${id}, host: ${id}.example, cert: ${id}.crt, key: ${id}.key}\n`,
  id =>
    `  # of ${id}\n  -   id: ${id}\n      host:\n      - ${id}.example\n      - ${id}.test\n      pkcs12: a.p12\n`,
  id =>
    `  -\n    # below the dash\n    id: "${id}"\n    host: [${id}.example,\n      ${id}.test]\n    pkcs12: a.p12\n\n`,
  id =>
    `  - id: ${id}\n    host: >-\n      ${id}.example\n    passphrase:\n      file: |-\n        - a\n        # b\n    cert: 'a\n      b'\n    key: a.key\n`,
  id => `  - id: ${id}\n    host: ${id}.example\n    pkcs12: "a.p12"   # old\n# outdented\n\n`,
]

const MARGINS = ['  ', '', '      ']

const entry = fc.record({ id: fc.integer({ min: 0, max: 30 }), style: fc.nat(STYLES.length - 1) })

function textOf(entries: readonly { id: number; style: number }[], margin: string): string {
  const items = entries.map(({ id, style }) => (STYLES[style] as (id: string) => string)(`e${id}`)).join('')
  return `# Certificates\nversion: 1\ncertificates:\n${items.replaceAll(/^ {2}/gm, margin)}`
}

const registry = fc
  .tuple(fc.uniqueArray(entry, { maxLength: 8, selector: ({ id }) => id }), fc.constantFrom(...MARGINS))
  .map(([entries, margin]) => textOf(entries, margin))

const STRANGE_LINES = [
  '  - ',
  '-',
  '---',
  '...',
  '  - x: "',
  "  - 'a",
  '    key: &a b',
  '    cert: *a',
  '\t- id: x',
]
const LINES = [
  ...STRANGE_LINES,
  'version: 1',
  '  other: 1',
  '  - [',
  '    ]',
  '  }',
  '    ? a',
  '    host: |+',
  '',
]

/** One change of some lines: taken out, doubled, moved, or others put in. */
const edit = fc.record({
  at: fc.nat(60),
  count: fc.nat(5),
  to: fc.nat(60),
  lines: fc.array(fc.constantFrom(...LINES), { maxLength: 2 }),
})

function edited(text: string, edits: readonly { at: number; count: number; to: number; lines: string[] }[]) {
  const lines = text.split('\n')
  for (const { at, count, to, lines: others } of edits) {
    const taken = lines.splice(at % lines.length, count)
    lines.splice(to % (lines.length + 1), 0, ...taken, ...others)
  }
  return lines.join('\n')
}

function changes(before: string, text: string): Promise<ParsedRegistry | null> {
  return parseChanges(FILE, text, { text: before, ...parseRegistry(FILE, before) })
}

async function assertSame(before: string, text: string): Promise<void> {
  const parsed = await changes(before, text)
  if (parsed !== null) assert.deepEqual(parsed, parseRegistry(FILE, text))
}

async function assertRead(before: string, text: string): Promise<void> {
  assert.deepEqual(await changes(before, text), parseRegistry(FILE, text))
}

const ENTRIES = STYLES.map((_, style) => ({ id: style, style }))

describe('a registry that was parsed before', () => {
  test('is told from the new items alone when one is added, changed, moved or removed', async () => {
    for (const margin of MARGINS) {
      const before = textOf(ENTRIES, margin)
      const added = { id: 20, style: 0 }
      await assertRead(before, before)
      await assertRead(before, textOf([...ENTRIES, added], margin))
      await assertRead(before, textOf([added, ...ENTRIES], margin))
      await assertRead(before, textOf(ENTRIES.toReversed(), margin))
      for (const index of ENTRIES.keys()) {
        await assertRead(before, textOf(ENTRIES.toSpliced(index, 1), margin))
        await assertRead(before, textOf(ENTRIES.toSpliced(index, 1, added), margin))
      }
    }
  })

  test('may begin with empty lines and comments, also when these are all of its head', async () => {
    for (const start of ['\n', '\n\n# a\n', '# a\n', ' \n']) {
      const before = start + textOf(ENTRIES, '  ')
      await assertRead(before, before.replace('e5.example', 'other.example'))
      const list = start + textOf(ENTRIES, '').slice(textOf([], '').length)
      await assertSame(list, list)
    }
  })

  test('keeps the very definitions of what did not move', async () => {
    const before = textOf(ENTRIES, '  ')
    const parsed = { text: before, ...parseRegistry(FILE, before) }
    const after = await parseChanges(FILE, before.replace('e5.example', 'other.example'), parsed)
    assert.deepEqual(after?.definitions[5]?.hosts, ['other.example'])
    for (const index of [0, 1, 2, 3, 4]) assert.equal(after?.definitions[index], parsed.definitions[index])
  })

  test('is parsed as a whole when a part may depend on another, or has a problem', async () => {
    const before = textOf(ENTRIES, '  ')
    const whole = [
      before.replace('e0.crt', '&a e0.crt'),
      before.replaceAll('\n', '\r\n'),
      before.replace('id: e1', 'id: e0'),
      before.replace('pkcs12', 'pkcs13'),
      before.replace('    key: e0.key\n', '    key: e0.key\n    addedAt: 2026-11-01\n'),
      before.replace('version: 1', 'version: 2'),
      `${before}other: 1\n`,
      `${before}...\n`,
      before.replace("'a\n", '"a\n'),
      'version: 1\ncertificates: []\n',
      '',
    ]
    for (const text of whole) {
      assert.equal(await changes(before, text), null, text)
      assert.equal(await changes(text, text === before ? '' : before), null, text)
    }
  })

  test('never says anything else than the whole text does, however it was edited', async () => {
    await fc.assert(
      fc.asyncProperty(registry, fc.array(edit, { minLength: 1, maxLength: 3 }), (before, edits) =>
        assertSame(before, edited(before, edits)),
      ),
      trials(1000),
    )
  })

  test('never says anything else than the whole text does, whatever it becomes', async () => {
    const before = textOf(ENTRIES, '  ')
    await fc.assert(
      fc.asyncProperty(damaged(before), damaged(before), async (text, other) => {
        await assertSame(before, text.toString())
        await assertSame(text.toString(), other.toString())
      }),
      trials(300),
    )
  })
})
