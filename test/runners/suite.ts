import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { ROOT } from '../support/command.ts'
import { CLIENTS } from './clients.ts'
import { ResultTable, resultsIn } from './result-table.ts'
import { RUNNERS_FOLDER, TestBed } from './test-bed.ts'

const DOCUMENT = `${ROOT}docs/runners.md`

describe('unmodified clients through certhop', () => {
  const table = new ResultTable()
  let bed: TestBed
  let logged = 0

  before(async () => {
    assert(
      existsSync(`${RUNNERS_FOLDER}node_modules`),
      'npm ci --prefix test/runners installs the npm clients',
    )
    bed = await TestBed.start(CLIENTS.map(client => client.label))
    for (const client of CLIENTS) table.setVersion(client, await client.version(bed))
  })

  after(() => bed?.stop())

  beforeEach(() => {
    logged = bed.log.length
  })

  afterEach(context => {
    if (!('passed' in context && context.passed)) process.stderr.write(bed.log.slice(logged))
  })

  for (const client of CLIENTS) {
    for (const { promise, column, prove } of client.cases) {
      test(`${client.name} ${promise}`, async () => {
        table.set(client, column, await prove(bed))
      })
    }
  }

  test('docs/runners.md tells these results', async () => {
    const markdown = table.markdown()
    if (process.env['WRITE_RUNNERS']) await writeFile(DOCUMENT, markdown)
    const told = resultsIn(await readFile(DOCUMENT, 'utf8'))
    assert.deepEqual(told, resultsIn(markdown), 'WRITE_RUNNERS=1 npm run test:runners writes it anew')
  })
})
