import assert from 'node:assert/strict'
import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { before, describe, test } from 'node:test'
import type { Registry } from '../../src/registry/registry.ts'
import { findWatchedNames } from '../../src/registry/watched-names.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { entry, RegistryFolder, registryText, snapshotWhere } from '../support/registry-folder.ts'

let root: Certificate
let first: Certificate
let second: Certificate
let third: Certificate
before(async () => {
  root = await createAuthority({ name: 'Root' })
  first = await root.client({ name: 'first' })
  second = await root.client({ name: 'second' })
  third = await root.client({ name: 'third' })
})

/** Does something to the files, and fails unless it decides for a.example in time. */
async function inForce(
  registry: Registry,
  subject: string | null,
  change: () => Promise<unknown>,
): Promise<void> {
  await change()
  const started = performance.now()
  await snapshotWhere(registry, snapshot => {
    const { identity } = snapshot.select('a.example', 443)
    return (identity?.facts.subject ?? null) === (subject === null ? null : `CN=${subject}`)
  })
  const ms = performance.now() - started
  // A second is the promise; a machine that runs all tests at once gets another for itself.
  assert(ms < 2000, `in force after ${ms} ms`)
}

async function open(folder: RegistryFolder): Promise<Registry> {
  await folder.writePair('a', first)
  await folder.writeRegistry(entry('a', 'a.example'))
  return folder.open({ watch: true })
}

describe('within a second and without being asked, the registry follows', () => {
  test('an entry that is added, changed and removed', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await open(folder)
    await folder.writePair('b', second)
    await inForce(registry, 'second', () =>
      folder.writeRegistry(entry('a', 'a.example'), entry('b', 'a.example')),
    )
    await inForce(registry, 'first', () =>
      folder.writeRegistry(entry('a', 'a.example'), entry('b', 'b.example')),
    )
    await inForce(registry, null, () => folder.writeRegistry(entry('b', 'b.example')))
  })

  test('a key pair that is written in place', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await open(folder)
    await inForce(registry, 'second', () => folder.writePair('a', second))
    await inForce(registry, 'third', () => folder.writePair('a', third))
  })

  test('files that editors replace by renaming', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await open(folder)
    await inForce(registry, 'second', async () => {
      await folder.replace('a.crt', second.chain)
      await folder.replace('a.key', second.key())
    })
    await inForce(registry, null, () =>
      folder.replace('registry.yaml', registryText(entry('a', 'b.example'))),
    )
    await inForce(registry, 'second', () =>
      folder.replace('registry.yaml', registryText(entry('a', 'a.example'))),
    )
  })

  test('files and folders that are deleted and come back', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('certs/a', first)
    const line = 'id: a, host: a.example, cert: certs/a.crt, key: certs/a.key'
    await folder.writeRegistry(line)
    const registry = await folder.open({ watch: true })
    for (const certificate of [second, third]) {
      await inForce(registry, certificate === second ? 'second' : 'third', async () => {
        await rm(join(folder.path, 'certs'), { recursive: true })
        await folder.writePair('certs/a', certificate)
      })
    }
    await rm(folder.file)
    await inForce(registry, null, () => folder.writeRegistry(line.replace('a.example', 'b.example')))
  })

  test('a certificate that is missing at the start', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writeRegistry('id: a, host: a.example, cert: not/yet/a.crt, key: not/yet/a.key')
    const registry = await folder.open({ watch: true })
    await inForce(registry, 'first', () => folder.writePair('not/yet/a', first))
  })

  /** A volume as Kubernetes mounts it: names link into `..data`, and that to a folder of the moment. */
  async function mount(
    folder: RegistryFolder,
    name: string,
    moment: string,
    certificate: Certificate,
  ): Promise<void> {
    const volume = join(folder.path, name)
    await folder.writePair(`${name}/..${moment}/tls`, certificate)
    await symlink(`..${moment}`, join(volume, '..data_tmp'))
    await rename(join(volume, '..data_tmp'), join(volume, '..data'))
  }

  test('the swap of a mounted secret, again and again, the old one removed', async () => {
    await using folder = await RegistryFolder.create()
    await mount(folder, 'secret', '1', first)
    for (const file of ['tls.crt', 'tls.key'])
      await symlink(`..data/${file}`, join(folder.path, 'secret', file))
    await folder.writeRegistry('id: a, host: a.example, cert: secret/tls.crt, key: secret/tls.key')
    const registry = await folder.open({ watch: true })
    for (const [moment, certificate] of [second, third, first].entries()) {
      await inForce(registry, certificate.x509.subject.slice(3), async () => {
        await mount(folder, 'secret', String(moment + 2), certificate)
        await rm(join(folder.path, 'secret', `..${moment + 1}`), { recursive: true })
      })
    }
  })

  test('the swap of a link one level up, and of the registry itself', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('v1/a', first)
    await folder.writePair('v2/a', second)
    await symlink('v1', join(folder.path, 'now'))
    const text = (host: string) => registryText(`id: a, host: ${host}, cert: now/a.crt, key: now/a.key`)
    await folder.write('r1/registry.yaml', text('a.example'))
    await folder.write('r2/registry.yaml', text('b.example'))
    await symlink('r1/registry.yaml', folder.file)
    const registry = await folder.open({ watch: true })
    await inForce(registry, 'second', async () => {
      await symlink('v2', join(folder.path, 'next'))
      await rename(join(folder.path, 'next'), join(folder.path, 'now'))
    })
    await inForce(registry, null, async () => {
      await symlink('r2/registry.yaml', join(folder.path, 'next'))
      await rename(join(folder.path, 'next'), folder.file)
    })
  })

  test('a registry that is written slowly, without ever believing a part of it', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('b', second)
    const registry = await open(folder)
    const text = registryText(entry('a', 'c.example'), entry('b', 'a.example'))
    await inForce(registry, 'second', async () => {
      await truncate(folder.file)
      for (const part of text.match(/.{1,20}/gs) ?? []) await writeFile(folder.file, part, { flag: 'a' })
    })
    // What is told of a reload follows it.
    await registry.close()
    assert.deepEqual(
      folder.events.flatMap(event => (event.type === 'registry-loaded' ? [event.entries] : [])),
      [1, 2],
    )
  })

  test('a change that leaves size and time as they were', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await open(folder)
    const text = await folder.read('registry.yaml')
    const time = new Date('2026-01-01')
    await utimes(folder.file, time, time)
    await inForce(registry, null, async () => {
      await folder.write('registry.yaml', text.replace('a.example', 'b.example'))
      await utimes(folder.file, time, time)
    })
  })

  test('nothing after it was closed', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await open(folder)
    const { current } = registry
    await Promise.all([registry.reload(), registry.close()])
    assert.equal(registry.current, current)
  })
})

describe('a change shows', () => {
  /** The watched names with folders relative to `folder`, those outside left out. */
  async function namesIn(folder: RegistryFolder, ...paths: string[]): Promise<Record<string, string[]>> {
    const names = await findWatchedNames(paths.map(path => join(folder.path, path)))
    const within = [...names].filter(([path]) => path.startsWith(folder.path))
    return Object.fromEntries(
      within.map(([path, each]) => [path.slice(folder.path.length + 1), [...each].sort()]),
    )
  }

  test('in the folder of the file and in the one above', async () => {
    await using folder = await RegistryFolder.create()
    await folder.write('a/b/c.crt', '')
    assert.deepEqual(await namesIn(folder, 'a/b/c.crt', 'a/b/missing.key'), {
      a: ['b'],
      'a/b': ['c.crt', 'missing.key'],
    })
  })

  test('wherever a link stands on the way', async () => {
    await using folder = await RegistryFolder.create()
    await folder.write('secret/..1/tls.crt', '')
    await symlink('..1', join(folder.path, 'secret/..data'))
    await symlink('..data/tls.crt', join(folder.path, 'secret/tls.crt'))
    await symlink('secret', join(folder.path, 'link'))
    assert.deepEqual(await namesIn(folder, 'link/tls.crt'), {
      '': ['link', 'secret'],
      secret: ['..1', '..data', 'tls.crt'],
      'secret/..1': ['tls.crt'],
    })
  })

  test('even when links go in circles', async () => {
    await using folder = await RegistryFolder.create()
    await mkdir(join(folder.path, 'x'))
    await symlink('b', join(folder.path, 'a'))
    await symlink('a', join(folder.path, 'b'))
    await symlink('self/self', join(folder.path, 'self'))
    const names = await namesIn(folder, 'a', 'b/c', 'self/d')
    assert.deepEqual(names[''], ['a', 'b', 'self'])
  })
})
