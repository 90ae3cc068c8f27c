import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Events } from '../../src/observe/events.ts'
import { ReloadHistory } from '../../src/observe/reload-history.ts'
import { MINTED, startPath } from '../support/path.ts'

const ENTRY = { id: 'api', host: 'api.test', certificate: MINTED.client, ca: MINTED.authority }

describe('the history of reloads', () => {
  test('says when the registry was read, what changed, and what was wrong with it', async t => {
    const { proxy } = await startPath(t)
    const { app, folder, setEntries } = proxy
    const history = new ReloadHistory(app.events)
    assert.deepEqual(history.latest(), [])
    const before = Date.now()

    await app.reload('request')
    await setEntries([ENTRY, { ...ENTRY, id: 'wild', host: '*.wild.test' }])
    await setEntries([{ ...ENTRY, host: 'other.test' }])
    await writeFile(join(folder, 'registry.yaml'), 'version: 1\ncertificates: [\n')
    await app.reload('request')

    const [refused, changed, added, unchanged] = history.latest()
    const common = { reason: 'request', added: [], changed: [], removed: [], problems: [] }
    for (const [reload, expected] of [
      [unchanged, { ...common, outcome: 'unchanged', generation: 1, entries: 1 }],
      [added, { ...common, outcome: 'loaded', generation: 2, entries: 2, added: ['wild'] }],
      [
        changed,
        { ...common, outcome: 'loaded', generation: 3, entries: 1, changed: ['api'], removed: ['wild'] },
      ],
      [refused, { ...common, outcome: 'refused', generation: 3, entries: 1 }],
    ] as const) {
      const { at = 0, ms = 0, ...rest } = reload ?? {}
      assert.ok(at >= before && at <= Date.now(), `${at}`)
      assert.ok(ms > 0)
      assert.deepEqual({ ...rest, problems: [] }, expected)
    }
    assert.deepEqual(
      refused?.problems.map(({ severity, file, line }) => [severity, file, line]),
      [['error', join(folder, 'registry.yaml'), 3]],
    )
  })

  test('tells of entries that cannot be used, also when that is no news', async t => {
    const { proxy } = await startPath(t)
    const history = new ReloadHistory(proxy.app.events)
    const broken = { id: 'api', host: 'api.test', cert: 'gone.crt', key: 'gone.key' }
    await writeFile(
      join(proxy.folder, 'registry.yaml'),
      JSON.stringify({ version: 1, certificates: [{ ...broken, id: 'new' }] }),
    )
    await proxy.app.reload('request')
    await proxy.app.reload('request')
    for (const { outcome, problems } of history.latest()) {
      assert.deepEqual(
        [outcome, problems.map(({ code }) => code)],
        [outcome, ['client_certificate_missing_file']],
      )
    }
    assert.deepEqual(
      history.latest().map(({ outcome }) => outcome),
      ['unchanged', 'loaded'],
    )
  })

  test('keeps the latest fifty, the newest first, with a hundred problems each', () => {
    const events = new Events()
    const history = new ReloadHistory(events)
    const problem = {
      severity: 'error',
      file: 'f',
      line: 1,
      column: 1,
      code: 'c',
      message: 'm',
      hint: '',
    } as const
    for (let generation = 1; generation <= 60; generation += 1) {
      events.registry({
        ...{ at: 0, reason: 'change', outcome: 'loaded', generation, entries: 0, ms: 1 },
        ...{ added: [], changed: [], removed: [], problems: Array(200).fill(problem) },
      })
    }
    const generations = history.latest().map(({ generation }) => generation)
    assert.deepEqual([generations.length, generations[0], generations.at(-1)], [50, 60, 11])
    assert.ok(history.latest().every(({ problems }) => problems.length === 100))
  })
})
