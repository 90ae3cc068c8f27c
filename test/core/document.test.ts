import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { resolvePath, YamlDocument } from '../../src/core/document.ts'
import { formatProblem } from '../../src/core/problem.ts'
import { trials } from '../support/property.ts'

const schema = z.strictObject({
  version: z.literal(1).optional(),
  upstream: z
    .strictObject({ connectTimeout: z.string(), tries: z.int().min(1).max(9).optional() })
    .optional(),
  mode: z.enum(['fast', 'slow']).default('fast'),
  secret: z
    .union([z.string(), z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })], {
      error: 'must be text, {env: NAME} or {file: PATH}',
    })
    .optional(),
  host: z.union([z.string(), z.array(z.string())]).optional(),
  even: z
    .int()
    .refine(value => value % 2 === 0, { error: 'must be even', params: { hint: 'add one' } })
    .optional(),
  hidden: z.boolean().optional(),
  table: z.record(z.string(), z.strictObject({ weight: z.number() })).optional(),
  seconds: z
    .string()
    .transform(text => Number.parseInt(text, 10))
    .optional(),
  list: z
    .array(z.strictObject({ id: z.string().min(1) }))
    .min(1)
    .optional(),
})

function open(text: string): YamlDocument {
  return new YamlDocument('file.yaml', text)
}

/** What is wrong with a text, as `line:column: message`. */
function problemsOf(text: string): string[] {
  const document = open(text)
  assert.equal(document.validate(schema), null)
  return document.problems.map(problem => formatProblem(problem).replace('file.yaml:', ''))
}

describe('a YAML document', () => {
  test('gives the value as the schema makes it, defaults and transformations included', () => {
    const document = open('version: 1\nseconds: "30s"\nhost: [a, b]\n')
    assert.deepEqual(document.validate(schema), { version: 1, mode: 'fast', seconds: 30, host: ['a', 'b'] })
    assert.deepEqual(document.problems, [])
  })

  test('reports an unknown key at the key, with the nearest known one', () => {
    assert.deepEqual(problemsOf('upstream:\n  connectTimeout: 1s\n  conectTimeout: 3s\n'), [
      '3:3: `conectTimeout` is not a known setting; did you mean `connectTimeout`?',
    ])
  })

  test('lists the known keys when none is near', () => {
    assert.deepEqual(problemsOf('list:\n  - id: a\n    zebra: 1\n'), [
      '3:5: `zebra` is not a known setting (known here: id)',
    ])
  })

  test('knows the keys of a record, of an alternative and of the root', () => {
    assert.deepEqual(problemsOf('table: {a: {wight: 1, weight: 2}}\nmod: fast\n'), [
      '1:13: `wight` is not a known setting; did you mean `weight`?',
      '2:1: `mod` is not a known setting; did you mean `mode`?',
    ])
  })

  test('finds a key named like a property of every object', () => {
    assert.deepEqual(problemsOf('__proto__: 1\nconstructor: 2\n').length, 2)
  })

  test('reports a missing key at its parent', () => {
    assert.deepEqual(problemsOf('version: 1\nupstream: {tries: 1}\n'), [
      '2:11: `upstream.connectTimeout` is missing',
    ])
    assert.deepEqual(problemsOf('version: 1\nlist:\n  - {}\n'), ['3:5: `id` is missing'])
  })

  test('reports a wrong type at the value and says what it is', () => {
    assert.deepEqual(problemsOf('hidden: yes\n'), ['1:9: `hidden` must be true or false, not text'])
    assert.deepEqual(problemsOf('upstream: [1]\n'), ['1:11: `upstream` must be a mapping, not a list'])
    assert.deepEqual(problemsOf('upstream: {connectTimeout: 3}\n'), [
      '1:28: `upstream.connectTimeout` must be text, not a number (put it in quotes)',
    ])
    assert.deepEqual(problemsOf('list: {}\n'), ['1:7: `list` must be a list, not a mapping'])
    assert.deepEqual(problemsOf('list:\n'), ['1:6: `list` must be a list, not empty'])
  })

  test('reports values out of range', () => {
    assert.deepEqual(problemsOf('upstream: {connectTimeout: a, tries: 0}\nlist: []\n'), [
      '1:38: `upstream.tries` must be at least 1',
      '2:7: `list` must not be empty',
    ])
    assert.deepEqual(problemsOf('upstream: {connectTimeout: a, tries: 10}\n'), [
      '1:38: `upstream.tries` must be at most 9',
    ])
    assert.deepEqual(problemsOf('mode: medium\n'), ['1:7: `mode` must be `fast` or `slow`'])
    assert.deepEqual(problemsOf('list: [{id: ""}]\n'), ['1:13: `id` must not be empty'])
  })

  test('passes on the message and the hint of a rule of the schema', () => {
    assert.deepEqual(problemsOf('even: 3\n'), ['1:7: `even` must be even (add one)'])
  })

  test('looks into the alternative that was meant, and names them all when none fits', () => {
    assert.deepEqual(problemsOf('host: [a, 4]\n'), [
      '1:11: `host` must be text, not a number (put it in quotes)',
    ])
    assert.deepEqual(problemsOf('host: 4\n'), ['1:7: `host` cannot be a number'])
    assert.deepEqual(problemsOf('secret: {env: a, file: b}\n'), [
      '1:9: `secret` must be text, {env: NAME} or {file: PATH}',
    ])
  })

  test('reports everything at once, in one reading', () => {
    const problems = problemsOf('version: 2\nmode: x\neven: 1\nlist: [{id: 1}]\nzzz: 1\n')
    assert.deepEqual(
      problems.map(problem => problem.split(':')[0]),
      ['1', '2', '3', '4', '5'],
    )
  })

  test('reports syntax errors and repeated keys where they stand', () => {
    assert.deepEqual(problemsOf('version: 1\nversion: 1\n'), [
      '2:1: this key stands here twice (remove one of the two)',
    ])
    assert.deepEqual(problemsOf('mode: "abc\n'), [
      '2:1: a bracket, a quote, a comma or a colon is missing here',
    ])
    assert.deepEqual(problemsOf('\tmode: fast\n'), ['1:1: a tab cannot indent (use spaces)'])
    assert.deepEqual(problemsOf('version: 1\n---\nversion: 1\n'), [
      '2:1: a second document starts here (a file holds one; remove the `---`)',
    ])
    assert.deepEqual(problemsOf('? [a]\n: 1\n'), ['1:3: a key must be text (put it in quotes)'])
    assert.deepEqual(problemsOf('mode: @fast\n'), [
      '1:7: text cannot start with this character (put it in quotes)',
    ])
    assert.match(problemsOf('list:\n  - id: a\n - id: b\n').join(), /^3:\d+: /)
  })

  for (const [what, text] of Object.entries({
    'a tag': 'secret: !hunter2\n',
    'an alias': 'secret: *hunter2\n',
    'a wrong escape': 'secret: "\\hunter2"\n',
    'text after a quoted value': 'secret: "x" hunter2\n',
    'a wrong type': 'version: hunter2\nhidden: hunter2\n',
  })) {
    test(`never repeats a value that could be a secret: ${what}`, () => {
      const problems = problemsOf(text)
      assert(problems.length > 0)
      assert.doesNotMatch(problems.join(), /hunter/)
    })
  }

  test('says so when the file is empty or holds only comments', () => {
    assert.deepEqual(problemsOf(''), ['1:1: the file is empty'])
    assert.deepEqual(problemsOf('# nothing\n'), ['1:1: the file is empty'])
    assert.equal(open('').readable, false)
  })

  test('follows aliases, and gives problems the place where the value was written', () => {
    const document = open('upstream: &u {connectTimeout: 1s}\ntable: {a: *u}\n')
    assert.equal(document.validate(schema), null)
    assert.deepEqual(document.position(['table', 'a', 'connectTimeout']), { line: 1, column: 31 })
    assert.deepEqual(
      document.problems.map(({ line, column, code }) => [line, column, code]),
      [
        [2, 12, 'missing_key'],
        [1, 15, 'unknown_key'],
      ],
    )
  })

  test('takes ten thousand uses of one alias', () => {
    const list = `list:\n  - &a {id: a}\n${'  - *a\n'.repeat(10_000)}`
    assert.equal(open(list).validate(schema)?.list?.length, 10_001)
  })

  test('refuses an alias bomb and an alias that contains itself at once', () => {
    const tens = (name: string) => `[${Array(10).fill(`*${name}`).join(', ')}]`
    const levels = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map(
      (name, index) => `${name}: &${name} ${tens('abcdefgh'[index] ?? '')}\n`,
    )
    const expected = ['1:1: its aliases expand to too many values (write the values out)']
    assert.deepEqual(problemsOf(`a: &a [x]\n${levels.join('')}`), expected)
    assert.deepEqual(problemsOf('list: &a [*a]\n'), expected)
  })

  test('survives nesting of any depth', () => {
    assert(problemsOf(`list: ${'['.repeat(50_000)}`).length > 0)
    assert(problemsOf(`list: ${'['.repeat(50_000)}${']'.repeat(50_000)}`).length > 0)
  })

  test('validates a part by itself', () => {
    const document = open('list:\n  - {id: a}\n  - {id: 7}\n')
    const item = z.strictObject({ id: z.string() })
    assert.deepEqual(document.validate(item, ['list', 0]), { id: 'a' })
    assert.equal(document.validate(item, ['list', 1]), null)
    assert.deepEqual(document.problems.map(formatProblem), [
      'file.yaml:3:10: `id` must be text, not a number (put it in quotes)',
    ])
  })

  test('takes problems that the caller finds, at the value or at the nearest parent', () => {
    const document = open('upstream:\n  connectTimeout: 1s\n')
    document.report(['upstream', 'connectTimeout'], { code: 'x', message: 'is short', severity: 'warning' })
    document.report(['upstream', 'tries'], { code: 'x', message: 'is wanted' })
    assert.deepEqual(document.problems, [
      {
        severity: 'warning',
        file: 'file.yaml',
        line: 2,
        column: 19,
        code: 'x',
        message: 'is short',
        hint: '',
      },
      { severity: 'error', file: 'file.yaml', line: 2, column: 3, code: 'x', message: 'is wanted', hint: '' },
    ])
  })

  test('never throws, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'version: 1\n',
        'list:\n',
        '  - id: a\n',
        'a: &a ',
        '*a',
        '[',
        ']',
        '{',
        '}',
        '\n',
        '  ',
        '"',
        ': ',
        '!x ',
      ),
      fc.string({ maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const document = open(pieces.join(''))
        const value = document.validate(schema)
        assert.equal(value === null, document.problems.length > 0)
        for (const { line, column } of document.problems) assert(line >= 1 && column >= 1)
      }),
      trials(300),
    )
  })
})

describe('a path in a file', () => {
  test('is relative to the folder of the file', () => {
    assert.equal(resolvePath('/etc/certhop/registry.yaml', 'certs/a.crt'), '/etc/certhop/certs/a.crt')
    assert.equal(resolvePath('/etc/certhop/registry.yaml', '../a.crt'), '/etc/a.crt')
    assert.equal(resolvePath('/etc/certhop/registry.yaml', '/a.crt'), '/a.crt')
  })

  test('that starts with ~/ is below the home directory', () => {
    assert.equal(resolvePath('/etc/x.yaml', '~/a.crt'), `${homedir()}/a.crt`)
    assert.equal(resolvePath('/etc/x.yaml', '~'), homedir())
    assert.equal(resolvePath('/etc/x.yaml', '~other/a'), '/etc/~other/a')
  })
})
