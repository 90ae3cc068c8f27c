import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { StaticFiles } from '../../src/admin/static-files.ts'

describe('the files of the page', () => {
  let folder: string
  let files: StaticFiles
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-page-'))
    await mkdir(join(folder, 'web/assets'), { recursive: true })
    await writeFile(join(folder, 'secret.html'), 'secret')
    await writeFile(join(folder, 'web/index.html'), '<!doctype html>')
    await writeFile(join(folder, 'web/assets/main.js'), 'export {}')
    await writeFile(join(folder, 'web/assets/.env'), 'secret')
    await symlink('../../secret.html', join(folder, 'web/assets/linked.unknown'))
    files = new StaticFiles(pathToFileURL(`${folder}/web/`))
  })
  after(() => rm(folder, { recursive: true }))

  test('come with their type, and are asked for again each time', () => {
    for (const [path, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/index.html', 'text/html; charset=utf-8'],
      ['/assets/main.js', 'text/javascript; charset=utf-8'],
    ] as const) {
      const answer = files.find(path, undefined)
      assert.equal(answer?.status, 200)
      assert.equal(answer.headers?.['Content-Type'], type)
      assert.equal(answer.headers['Cache-Control'], 'no-cache')
      const again = files.find(path, answer.headers['ETag'])
      assert.deepEqual([again?.status, again?.body], [304, undefined])
    }
  })

  test('are those of the folder alone, and of known kinds', () => {
    for (const path of [
      '/secret.html',
      '/../secret.html',
      '/assets/../../secret.html',
      '/assets/.env',
      '/assets/linked.unknown',
      '/assets',
      '/assets/',
      '/INDEX.HTML',
      '',
      '/constructor',
      '/__proto__',
    ]) {
      assert.equal(files.find(path, undefined), null, path)
    }
  })

  test('may be built after the start', async () => {
    const late = new StaticFiles(pathToFileURL(`${folder}/late/`))
    assert.equal(late.find('/', undefined), null)
    await mkdir(join(folder, 'late'))
    await writeFile(join(folder, 'late/index.html'), 'built')
    assert.equal(String(late.find('/', undefined)?.body), 'built')
  })
})
