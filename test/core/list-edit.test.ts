import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { appendItem, removeItem } from '../../src/core/list-edit.ts'
import { trials } from '../support/property.ts'

const ITEM = { id: 'new', host: ['*.example', 'b'], port: 1, passphrase: { file: 'a b' } }

interface GeneratedItem {
  /** The lines of a block sequence's item behind the dash; comments in it are its own. */
  lines: string[]
  /** Comments above it. */
  above: string[]
  blankAbove: boolean
}

const styles: readonly ((id: string) => string[])[] = [
  id => [`id: ${id}`, `host: "${id}.example" # own ${id}`],
  id => [`{id: ${id}, host: '*.${id}'} # own ${id}`],
  id => [`id:   ${id}`, `# own ${id}`, 'host:', `  - a.${id}`, '', `  - b.${id}`, `# own last ${id}`],
  id => [`&anchor-${id}`, `id: ${id}`, 'text: |', '  one', '', '  two # no comment'],
  id => ['', `'id': "${id}"`, `list: [1, # own ${id}`, '  2]'],
]

const generatedItems = fc.array(
  fc.record({ style: fc.constantFrom(...styles), comments: fc.nat(2), blankAbove: fc.boolean() }),
  { maxLength: 5 },
)

/** A mapping with a block sequence under `list`, as people write it; items are named i0, i1 … */
const generatedBlock = fc
  .record({
    items: generatedItems,
    lineBreak: fc.constantFrom('\n', '\r\n'),
    indent: fc.constantFrom(0, 2, 5),
    gap: fc.constantFrom(1, 3),
    before: fc.constantFrom('', '# free head', '---', '\uFEFF# free head'),
    after: fc.constantFrom('', '# free end', 'more: 1 # free more', '\n# free end'),
    ends: fc.boolean(),
  })
  .map(({ items, lineBreak, indent, gap, before, after, ends }) => {
    const margin = ' '.repeat(indent)
    const made: GeneratedItem[] = items.map(({ style, comments, blankAbove }, index) => ({
      lines: style(`i${index}`).map((line, number) => {
        if (line === '') return number === 0 ? `${margin}-` : ''
        return margin + (number === 0 ? `-${' '.repeat(gap)}` : ' '.repeat(gap + 1)) + line
      }),
      above: Array.from({ length: comments }, (_, number) => `${margin}# free ${index} ${number}`),
      blankAbove: blankAbove && index > 0,
    }))
    const lines = [
      ...(before === '' ? [] : [before]),
      'version: 1',
      'list: # free list',
      ...made.flatMap(({ lines, above, blankAbove }) => [...(blankAbove ? [''] : []), ...above, ...lines]),
      ...(after === '' ? [] : after.split('\n')),
    ]
    return { text: lines.join(lineBreak) + (ends ? lineBreak : ''), items: made, lineBreak, ends }
  })

/** As `generatedBlock`, with a flow sequence, on one line or several. */
const generatedFlow = fc
  .record({
    count: fc.nat(4),
    multiline: fc.boolean(),
    comments: fc.boolean(),
    trailingComma: fc.boolean(),
    json: fc.boolean(),
  })
  .map(({ count, multiline, comments, trailingComma, json }) => {
    const items = Array.from({ length: count }, (_, index) =>
      json ? `{"id": "i${index}"}` : `{id: i${index}, x: [1, 2]}`,
    )
    const list = items.map((item, index) => {
      const comma = index < count - 1 || (trailingComma && !json) ? ',' : ''
      if (!multiline) return item + comma
      return `    ${item}${comma}${comments && !json ? ` # own i${index}` : ''}\n`
    })
    const shown = multiline && count > 0 ? `[\n${list.join('')}  ]` : `[${list.join(' ')}]`
    const text = json ? `{"version": 1, "list": ${shown}}` : `version: 1\nlist: ${shown} # free\n`
    return { text, items }
  })

/** Asserts that `longer` is `text` with something inserted in one place. */
function assertOnlyInserted(text: string, longer: string): void {
  let start = 0
  while (start < text.length && text[start] === longer[start]) start += 1
  const rest = text.length - start
  assert.equal(rest === 0 ? '' : longer.slice(-rest), text.slice(start))
}

function assertInOrder(text: string, parts: readonly string[]): void {
  let at = 0
  for (const part of parts) {
    const found = text.indexOf(part, at)
    assert(found >= at, `${JSON.stringify(part)} is missing in\n${text}`)
    at = found + part.length
  }
}

describe('any list', () => {
  test('takes one more item, and no other octet of the file changes', () => {
    fc.assert(
      fc.property(generatedBlock, ({ text }) => {
        const edited = appendItem(text, 'list', ITEM)
        assert(edited !== null)
        assertOnlyInserted(text, edited)
        assert.deepEqual(parse(edited).list, [...(parse(text).list ?? []), ITEM])
      }),
      trials(300),
    )
  })

  test('is what it was before when that item is removed again', () => {
    fc.assert(
      fc.property(generatedBlock, ({ text, items, ends, lineBreak }) => {
        const edited = appendItem(text, 'list', ITEM)
        const back = removeItem(edited ?? '', 'list', items.length) ?? ''
        assert(back === text || (!ends && back === text + lineBreak), back)
      }),
      trials(300),
    )
  })

  test('loses an item with its own comments, and all others stay with theirs', () => {
    fc.assert(
      fc.property(generatedBlock, fc.nat(), ({ text, items, lineBreak }, choice) => {
        fc.pre(items.length > 0)
        const index = choice % items.length
        const edited = removeItem(text, 'list', index)
        assert(edited !== null)
        const kept = items.flatMap(({ above, lines }, number) => [
          ...above,
          ...(number === index ? [] : [lines.join(lineBreak)]),
        ])
        assertInOrder(edited, kept)
        assert.deepEqual(edited.match(/# free.*/g), text.match(/# free.*/g))
        assert(!edited.includes(`i${index}`))
      }),
      trials(300),
    )
  })

  test('of flow style keeps its items, comments and commas through both', () => {
    fc.assert(
      fc.property(generatedFlow, fc.nat(), ({ text, items }, choice) => {
        const edited = appendItem(text, 'list', ITEM)
        assert(edited !== null)
        assertInOrder(edited, items)
        assert.deepEqual(edited.match(/# .*/g), text.match(/# .*/g))
        if (text.startsWith('{')) JSON.parse(edited)
        if (items.length > 0) assert.equal(removeItem(edited, 'list', items.length), text)
        const index = choice % (items.length + 1)
        const without = removeItem(edited, 'list', index)
        assert(without !== null)
        assertInOrder(
          without,
          items.filter((_, number) => number !== index),
        )
        if (text.startsWith('{')) JSON.parse(without)
      }),
      trials(300),
    )
  })
})

describe('a list without items', () => {
  const BLOCK = '  - id: new\n    host: ["*.example", b]\n    port: 1\n    passphrase: {file: a b}\n'
  const cases = {
    'list:\n': `list:\n${BLOCK}`,
    'list: # none\nmore: 1\n': `list: # none\n${BLOCK}more: 1\n`,
    'list: []\n': `list: \n${BLOCK}`,
    'list: null\n': `list: \n${BLOCK}`,
    'list:\n  # here\n\n# end\n': `list:\n  # here\n${BLOCK}\n# end\n`,
    list: null,
    'list: {}': null,
    'list: text': null,
    'other: []': null,
    '- list': null,
    '': null,
    'list: [': null,
    '{list: }': '{list:  [{id: new, host: ["*.example", b], port: 1, passphrase: {file: a b}}]}',
  }
  for (const [text, expected] of Object.entries(cases)) {
    test(`${JSON.stringify(text)} ${expected === null ? 'is left alone' : 'gets its first'}`, () => {
      assert.equal(appendItem(text, 'list', ITEM), expected)
    })
  }
})

test('an item that others refer to is not taken out', () => {
  assert.equal(removeItem('list:\n  - &a {id: x}\n  - *a\n', 'list', 0), null)
  assert.equal(removeItem('list:\n  - &a {id: x}\n  - *a\n', 'list', 1), 'list:\n  - &a {id: x}\n')
})

test('an item that is not there changes nothing', () => {
  assert.equal(removeItem('list:\n  - a\n', 'list', 1), null)
  assert.equal(removeItem('list: []\n', 'list', 0), null)
})
