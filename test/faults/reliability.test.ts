import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ROOT } from '../support/command.ts'
import { ELSEWHERE } from './elsewhere.ts'
import { markdown, readDocument, readSections } from './reliability-table.ts'
import { collectFaults } from './section.ts'

const AGAIN = 'WRITE_RELIABILITY=1 npm run faults writes it anew'

test('docs/reliability.md lists exactly the faults that are done, and each with a result', async () => {
  const files = globSync('*.{test,peer}.ts', { cwd: import.meta.dirname }).sort()
  const others = files.filter(file => file !== 'reliability.test.ts')
  const done = await collectFaults(others.map(file => new URL(file, import.meta.url).href))
  const told = Array.from(await readSections(), ([section, rows]) =>
    rows.map(({ fault, promise }) => ({ section, fault, promise })),
  ).flat()
  const inOrder = (rows: typeof told) => rows.map(row => JSON.stringify(row)).sort()
  assert.deepEqual(inOrder(told), inOrder(done), AGAIN)
  assert.equal(new Set(inOrder(done)).size, done.length, 'no two faults have the same name')
})

test('docs/reliability.md is as its own rows make it, and has no row without a result', async () => {
  const sections = await readSections()
  assert.equal(await readDocument(), markdown(sections), AGAIN)
  for (const row of [...sections.values()].flat()) assert.notEqual(row.result, '', row.fault)
})

test('every promise that the document takes from another test is the name of one', () => {
  const missing = ELSEWHERE.filter(({ file, test }) => {
    const lines = readFileSync(`${ROOT}test/${file}`, 'utf8').split('\n')
    return !lines.some(line => /^\s*(?:test|it)\(/.test(line) && line.includes(test))
  })
  assert.deepEqual(missing, [])
})
