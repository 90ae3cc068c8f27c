import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { formatEnvironment } from '../../src/cli/environment-format.ts'
import { runCommand } from '../support/command.ts'
import { trials } from '../support/property.ts'

/** What has a meaning to one reader or another, among ordinary text. */
const value = fc.string({
  unit: fc.oneof(
    fc.constantFrom("'", '"', '\\', '$', '`', '!', '#', ' ', '\t', '\n', '=', ';', '|', '&', '*', '$(id)'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter(each => !/[\0\ud800-\udfff]/.test(each)),
  ),
  maxLength: 12,
})

/** Values that one line holds, as those of `certhop env` are unless the inherited environment was odd. */
const line = value.filter(text => !/[\r\n]/.test(text))

describe('variables as text', () => {
  // Without `--norc` bash reads its file of settings where standard input is a socket.
  for (const [shell, ...options] of [['dash'], ['bash', '--norc']] as const) {
    test(`--format sh gives every value back to the eval of ${shell}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 20 }), async values => {
          const variables = Object.fromEntries(values.map((each, index) => [`V${index}`, each]))
          const script = `eval "$TEXT"; exec env -0`
          const env = { PATH: process.env['PATH'], TEXT: formatEnvironment(variables, 'sh') }
          const { stdout } = await runCommand(shell, [...options, '-c', script], { env })
          const seen = Object.fromEntries(stdout.split('\0').map(split))
          for (const [name, expected] of Object.entries(variables)) assert.equal(seen[name], expected)
        }),
        trials(30),
      )
    })
  }

  test('--format dotenv gives every value back, or says that it cannot', () => {
    fc.assert(
      fc.property(line, text => {
        const possible = !(text.includes("'") && /["$`\\]/.test(text))
        if (possible) assert.equal(parseEnv(formatEnvironment({ NAME: text }, 'dotenv'))['NAME'], text)
        else assert.throws(() => formatEnvironment({ NAME: text }, 'dotenv'), /NAME .*\(use sh or json/)
      }),
      trials(2000),
    )
  })

  test('--format dotenv quotes only what needs it', () => {
    const text = formatEnvironment({ A: 'http://127.0.0.1:8128', B: 'a b|c', C: 'a "b" $c' }, 'dotenv')
    assert.equal(text, `A=http://127.0.0.1:8128\nB="a b|c"\nC='a "b" $c'\n`)
  })

  test('--format docker knows no quotes: everything behind the first = is the value', () => {
    fc.assert(
      fc.property(line, text => {
        assert.equal(formatEnvironment({ NAME: text }, 'docker'), `NAME=${text}\n`)
      }),
      trials(200),
    )
    assert.throws(
      () => formatEnvironment({ NAME: 'a\nb' }, 'docker'),
      /NAME holds a line break.*\(use sh or json/,
    )
  })

  test('--format json is an object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('A', 'B', 'C'), value), variables => {
        assert.deepEqual(JSON.parse(formatEnvironment(variables, 'json')), { ...variables })
      }),
      trials(200),
    )
  })
})

function split(assignment: string): [string, string] {
  const equals = assignment.indexOf('=')
  return [assignment.slice(0, equals), assignment.slice(equals + 1)]
}
