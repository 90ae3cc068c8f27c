import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { LockTaken, withLock } from '../../src/core/lock.ts'
import { runCommand } from '../support/command.ts'

const LOCK = new URL('../../src/core/lock.ts', import.meta.url).href

describe('a lock', () => {
  let folder: string
  let path: string
  const folders: string[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-lock-'))
    folders.push(folder)
    path = join(folder, 'file')
  })
  after(async () => {
    for (const each of folders) await rm(each, { recursive: true })
  })

  /** What a process leaves that was killed while it held the lock. */
  async function leaveBehind(): Promise<void> {
    const script = `import { withLock } from '${LOCK}'
      await withLock(${JSON.stringify(path)}, {}, async () => process.kill(process.pid, 'SIGKILL'))`
    const { status } = await runCommand(process.execPath, ['--input-type=module', '-e', script])
    assert.equal(status, null)
    assert.equal((await readdir(`${path}.lock`)).length, 1)
  }

  /** Has somebody else hold the lock that was left behind. */
  async function changeOwner(change: (name: string) => string): Promise<void> {
    const [name = ''] = await readdir(`${path}.lock`)
    await rename(join(`${path}.lock`, name), join(`${path}.lock`, change(name)))
  }

  test('lets one in at a time, and leaves nothing behind', async () => {
    let inside = 0
    let most = 0
    const enter = () =>
      withLock(path, {}, async () => {
        inside += 1
        most = Math.max(most, inside)
        await setImmediate()
        inside -= 1
      })
    await Promise.all(Array.from({ length: 30 }, enter))
    assert.equal(most, 1)
    assert.deepEqual(await readdir(folder), [])
  })

  test('is given up when the task fails', async () => {
    const failing = withLock(path, {}, () => Promise.reject(new Error('no')))
    await assert.rejects(failing, { message: 'no' })
    assert.equal(await withLock(path, {}, async () => 'done'), 'done')
  })

  test('of a process that was killed is broken, at once and by one only', async () => {
    await leaveBehind()
    const shared = new Int32Array(new SharedArrayBuffer(8))
    const script = `const { workerData: { path, shared } } = require('node:worker_threads')
      import('${LOCK}').then(({ withLock }) => withLock(path, { patience: 60_000 }, async () => {
        const inside = Atomics.add(shared, 0, 1) + 1
        if (inside > Atomics.load(shared, 1)) Atomics.store(shared, 1, inside)
        await new Promise(setImmediate)
        Atomics.sub(shared, 0, 1)
      }))`
    const workers = Array.from(
      { length: 8 },
      () => new Worker(script, { eval: true, workerData: { path, shared } }),
    )
    await Promise.all(workers.map(worker => once(worker, 'exit')))
    assert.deepEqual([...shared], [0, 1])
    assert.deepEqual(await readdir(folder), [])
  })

  test('of a process whose pid another one has by now is broken', async () => {
    await leaveBehind()
    await changeOwner(name => name.replace(/^\d+/, String(process.pid)))
    assert.equal(await withLock(path, { patience: 0 }, async () => 'done'), 'done')
  })

  test('of another machine is respected, and named after the wait', async () => {
    await leaveBehind()
    await changeOwner(() => '7-1-0123456789abcdef-01@other')
    const waits: string[] = []
    const waiting = withLock(path, { patience: 1100, onWait: owner => waits.push(owner) }, async () => 'done')
    await assert.rejects(waiting, (error: unknown) => {
      assert(error instanceof LockTaken)
      assert.equal(error.owner, 'process 7 on other')
      assert.equal(error.path, `${path}.lock`)
      return true
    })
    assert.deepEqual(waits, ['process 7 on other'])
    assert.deepEqual(await readdir(folder), ['file.lock'])
  })

  test('whose owner nobody can tell is respected', async () => {
    await mkdir(`${path}.lock`)
    await writeFile(join(`${path}.lock`, 'x'), '')
    await assert.rejects(
      withLock(path, { patience: 0 }, async () => 'done'),
      { owner: 'another process' },
    )
  })

  test('that was broken halfway is taken', async () => {
    await mkdir(`${path}.lock`)
    assert.equal(await withLock(path, { patience: 0 }, async () => 'done'), 'done')
  })

  test('clears away what processes left that were killed while they waited', async () => {
    await leaveBehind()
    const [name = ''] = await readdir(`${path}.lock`)
    const waiting = (owner: string) => mkdir(`${path}.lock.${owner}.tmp`)
    const [foreign, old] = ['7-1-0123456789abcdef-01@other', '7-1-0123456789abcdef-02@other']
    await Promise.all([name, foreign, old].map(waiting))
    await utimes(`${path}.lock.${old}.tmp`, new Date(0), new Date(0))
    await withLock(path, {}, async () => {})
    assert.deepEqual(await readdir(folder), [`file.lock.${foreign}.tmp`])
  })
})
