import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { addCertificate } from '../../src/registry/add.ts'
import { removeCertificate } from '../../src/registry/remove.ts'
import { createAuthority } from '../support/certificates.ts'
import { runCommand } from '../support/command.ts'

/** A file system of its own, of so many KiB. */
async function mountSmallDisk(t: TestContext, size: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-disk-'))
  const { status, stderr } = await runCommand('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${size}k`,
    'tmpfs',
    folder,
  ])
  t.after(async () => {
    if (status === 0) await runCommand('umount', [folder])
    await rm(folder, { recursive: true })
  })
  assert.equal(status, 0, `this takes the right to mount: ${stderr}`)
  return folder
}

async function adder(registry: string): Promise<(id: string) => Promise<unknown>> {
  const client = await (await createAuthority({ name: 'Root' })).client({ name: 'client' })
  const file = { path: 'pair.pem', content: Buffer.from(client.chain + client.key()) }
  const passphrase = () => Promise.reject(new Error('the key is not encrypted'))
  const common = { hosts: ['api.example'], material: { cert: file, key: file }, passphrase }
  return id => addCertificate(registry, { id, ...common }, { ageIdentity: { env: 'CERTHOP_AGE_IDENTITY' } })
}

test('a disk that is full at any point of an addition leaves the registry whole and nothing else behind', async t => {
  const folder = await mountSmallDisk(t, 256)
  const registry = join(folder, 'registry.yaml')
  const add = await adder(registry)
  await add('first')
  const ballast = join(folder, 'ballast')
  let full = 0
  for (let kib = 240; kib >= 0; kib -= 4) {
    await writeFile(ballast, Buffer.alloc(kib * 1024)).catch(() => {})
    const before = await readFile(registry, 'utf8')
    const id = `with-${kib}`
    try {
      await add(id)
    } catch (error) {
      full += 1
      assert.match((error as Error).message, /registry\.yaml cannot be changed: the disk is full/)
      assert.equal(await readFile(registry, 'utf8'), before)
    }
    const entries = Array.from((await readFile(registry, 'utf8')).matchAll(/id: (.*)/g), ([, id]) => id)
    assert.deepEqual((await readdir(join(folder, 'certs'))).sort(), entries.sort())
    assert.deepEqual((await readdir(folder)).sort(), ['ballast', 'certs', 'registry.yaml'])
    if (entries.includes(id)) await removeCertificate(registry, id)
  }
  assert(full > 1 && full < 60, `full ${full} times`)
})

test('a read-only file system is said to be one', async t => {
  const folder = await mountSmallDisk(t, 256)
  const registry = join(folder, 'registry.yaml')
  const add = await adder(registry)
  await add('first')
  await runCommand('mount', ['-o', 'remount,ro', folder])
  const message = `${registry} cannot be changed: the file system is read-only`
  await assert.rejects(add('second'), { message })
  await assert.rejects(removeCertificate(registry, 'first'), { message })
})
