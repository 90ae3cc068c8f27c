import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ERRORS } from '../../src/core/errors.ts'

test('docs/errors.md lists every error with the status and Proxy-Status error it has on the wire, and no other', () => {
  const document = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const rows = document.matchAll(/^\| `(\w+)` \| (\d+) \| `(\w+)` \| (.+) \| (.+) \|$/gm)
  const documented = Object.fromEntries(
    [...rows].map(row => [row[1], { status: Number(row[2]), proxyStatus: row[3] }]),
  )
  const expected = Object.entries(ERRORS).map(([code, { status, proxyStatus }]) => [
    code,
    { status, proxyStatus },
  ])
  assert.deepEqual(documented, Object.fromEntries(expected))
})
