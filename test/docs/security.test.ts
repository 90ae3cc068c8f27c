import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../support/command.ts'

/** From the first section on whose statements tests show. */
const STATEMENTS = readFileSync(join(ROOT, 'docs/security.md'), 'utf8').split('## A hostile runner')[1] ?? ''
const ROWS = [...STATEMENTS.matchAll(/^\| (.+) \| (.+) \|$/gm)].filter(row => row[2] !== 'shown by')
const TEST = /`(test\/[\w/.-]+\.(?:test|peer)\.ts)`(?:: "([^"]+)")?/g

/** Whether a file has a test, or a group of them, of that name; what is filled into a name may be anything. */
function hasTest(file: string, name: string): boolean {
  const source = readFileSync(join(ROOT, file), 'utf8')
  const names = source.matchAll(/\b(?:test|describe)\(\s*(['"`])(.+?)\1/g)
  return Array.from(names, match => match[2] ?? '').some(template =>
    new RegExp(
      `^${template
        .split(/\$\{[^}]*\}/)
        .map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('.*')}$`,
    ).test(name),
  )
}

function isShown(proof: string): boolean {
  const tests = [...proof.matchAll(TEST)]
  return (
    tests.length > 0 &&
    tests.map(([text]) => text).join('; ') === proof &&
    tests.every(
      ([, file = '', name]) => existsSync(join(ROOT, file)) && (name === undefined || hasTest(file, name)),
    )
  )
}

test('every statement of docs/security.md on what others can and can’t do names tests that there are', () => {
  const unshown = ROWS.filter(([, , proof = '']) => !isShown(proof)).map(([row]) => row)
  assert.deepEqual(unshown, [])
  assert.ok(ROWS.length > 30)
})
