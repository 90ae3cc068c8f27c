import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../support/command.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'

const fault = section('Full disks', null)

/** A file system of its own, of so many KiB. */
async function mountSmallDisk(scene: Scene, size: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-disk-'))
  scene.after(async () => {
    await runCommand('umount', ['--lazy', folder])
    await rm(folder, { recursive: true })
  })
  const mounted = await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${size}k`, 'tmpfs', folder])
  assert.equal(mounted.status, 0, `this takes the right to mount: ${mounted.stderr}`)
  return folder
}

function openFor(scene: Scene, path: string): number {
  const descriptor = openSync(path, 'a')
  scene.after(() => closeSync(descriptor))
  return descriptor
}

fault('the log goes to a device that is always full', 'requests are served', async scene => {
  const certhop = await scene.start({ stderr: openFor(scene, '/dev/full') })
  for (let time = 0; time < 50; time += 1) await certhop.checkHealth()
  certhop.command.signal('SIGHUP')
  await certhop.checkHealth()
})

fault(
  'the disk of the log fills up, and has room again',
  'requests are served, and the log goes on with whole lines',
  async scene => {
    const folder = await mountSmallDisk(scene, 64)
    const log = join(folder, 'certhop.log')
    const certhop = await scene.start({ stderr: openFor(scene, log) })
    const size = async () => (await readFile(log)).length
    for (let before = -1; before !== (await size()); ) {
      before = await size()
      for (let time = 0; time < 20; time += 1) await certhop.checkHealth()
    }
    const full = await size()
    const { status, stderr } = await runCommand('mount', ['-o', 'remount,size=4m', folder])
    assert.equal(status, 0, stderr)
    while ((await size()) === full) await certhop.checkHealth()
    certhop.command.signal('SIGTERM')
    assert.equal(await certhop.command.exit(), 0)
    const lines = (await readFile(log, 'utf8')).split('\n').slice(0, -1)
    for (const line of lines) JSON.parse(line)
    assert.ok(lines.some(line => line.includes('"stopped"')))
  },
)

fault(
  'the disk of the state directory is full at the first start',
  'it says so and ends with 1, and starts when there is room',
  async scene => {
    const folder = await mountSmallDisk(scene, 1024)
    await writeFile(join(folder, 'ballast'), Buffer.alloc(1024 * 1024)).catch(() => {})
    const settings = { stateDirectory: join(folder, 'state') }
    const certhop = await scene.launch({ settings })
    const told = /^certhop: the state directory \S+ cannot be used \(\w+: ENOSPC\)/m
    certhop.expectErrors(told)
    assert.equal(await certhop.command.exit(), 1)
    assert.match(certhop.command.stderr, told)
    await rm(join(folder, 'ballast'))
    await scene.start({ folder: certhop.folder, settings })
  },
)
