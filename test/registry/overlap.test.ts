import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { mayOverlap } from '../../src/registry/overlap.ts'
import { type HostPattern, parseHostPattern } from '../../src/registry/pattern.ts'
import { trials } from '../support/property.ts'

function patternsOf(text: string): readonly HostPattern[] {
  const patterns = parseHostPattern(text)
  assert(!('message' in patterns), text)
  return patterns
}

function overlap(a: string, b: string): boolean {
  return patternsOf(a).some(one => patternsOf(b).some(other => mayOverlap(one, other)))
}

describe('two patterns', () => {
  const cases: [a: string, b: string, expected: boolean][] = [
    ['api.example', 'api.example', true],
    ['api.example', 'API.example', true],
    ['api.example', 'other.example', false],
    ['api.example', '*.example', true],
    ['*.example', 'example', false],
    ['*.example', '*', true],
    ['*.example', '*.test', false],
    ['*.example', '*.api.example', true],
    ['*.example.test', 'api.*.test', true],
    ['api.*', 'web.*', false],
    ['a?.test', '?b.test', true],
    ['a?.test', '?b?.test', false],
    ['[ab].test', 'b.test', true],
    ['[ab]*.test', '*c.test', true],
    ['@(a|b).test', '*.test', true],
    ['{a,b}.test', '{b,c}.test', true],
    ['{a,b}.test', '{c,d}.test', false],
  ]
  for (const [a, b, expected] of cases) {
    test(`${a} and ${b} ${expected ? 'may meet' : 'never meet'}`, () => {
      assert.equal(overlap(a, b), expected)
      assert.equal(overlap(b, a), expected)
    })
  }

  test('that both match some host are never said to be apart', () => {
    const label = fc.constantFrom('a', 'b', 'ab', '*', '?', 'a*', '*b', '[ab]', '@(a|b)', '?(a)b')
    const pattern = fc.array(label, { minLength: 1, maxLength: 3 }).map(labels => labels.join('.'))
    const host = fc
      .array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 1, maxLength: 3 })
      .map(labels => labels.join('.'))
    fc.assert(
      fc.property(pattern, pattern, host, (a, b, name) => {
        const meet = [a, b].every(text => patternsOf(text).some(each => each.matches(name)))
        if (meet) assert(overlap(a, b))
      }),
      trials(2000),
    )
  })
})
