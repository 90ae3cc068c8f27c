import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ERRORS } from '../../src/core/errors.ts'
import { ADVICE } from '../../web/src/parts/advice.ts'

const DOCUMENT = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const rows = [...DOCUMENT.matchAll(/^\| `(\w+)` \| (\d+) \| `(\w+)` \| (.+) \| (.+) \|$/gm)]

test('docs/errors.md lists every error with the status and Proxy-Status error it has on the wire, and no other', () => {
  const documented = Object.fromEntries(
    rows.map(row => [row[1], { status: Number(row[2]), proxyStatus: row[3] }]),
  )
  const expected = Object.entries(ERRORS).map(([code, { status, proxyStatus }]) => [
    code,
    { status, proxyStatus },
  ])
  assert.deepEqual(documented, Object.fromEntries(expected))
})

test('the page gives the advice of docs/errors.md', () => {
  const withoutLinks = (text = '') => text.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
  assert.deepEqual(Object.fromEntries(rows.map(row => [row[1], withoutLinks(row[5])])), ADVICE)
})
