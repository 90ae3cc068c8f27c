import assert from 'node:assert/strict'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { formatProblem } from '../../src/core/problem.ts'
import { encryptAge, newAgeIdentity } from '../../src/identity/age.ts'
import type { Entry } from '../../src/registry/entry.ts'
import type { RegistryEvent } from '../../src/registry/events.ts'
import { InvalidRegistry } from '../../src/registry/invalid-registry.ts'
import type { Registry } from '../../src/registry/registry.ts'
import type { Swap } from '../../src/registry/swap.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { opensslBundle } from '../support/pkcs12.ts'
import { entry, RegistryFolder, registryText } from '../support/registry-folder.ts'

const DAY = 86_400_000

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

function entryOf(registry: Registry, id: string): Entry {
  const found = registry.current.entries.find(each => each.id === id)
  assert(found)
  return found
}

/** The swap that a reload makes, or null. */
async function swapOf(registry: Registry): Promise<Swap | null> {
  const swaps: Swap[] = []
  const stop = registry.onSwap(swap => swaps.push(swap))
  assert.equal(await registry.reload(), true)
  stop()
  assert(swaps.length <= 1)
  return swaps[0] ?? null
}

function eventsOf<Type extends RegistryEvent['type']>(folder: RegistryFolder, type: Type) {
  return folder.events.filter((event): event is Extract<RegistryEvent, { type: Type }> => event.type === type)
}

/** Problems of entries that were told since the last call, without the folder's path. */
function told(folder: RegistryFolder): string[] {
  const problems = eventsOf(folder, 'entry-problem').map(({ problem }) => formatProblem(problem))
  folder.events.length = 0
  return problems.map(problem => problem.replaceAll(`${folder.path}/`, ''))
}

/** Two entries, `a` for a.example and `b` for b.example. */
async function twoEntries(folder: RegistryFolder): Promise<Registry> {
  await folder.writePair('a', first)
  await folder.writePair('b', second)
  await folder.writeRegistry(entry('a', 'a.example'), entry('b', 'b.example'))
  return folder.open()
}

describe('a registry at the start', () => {
  test('decides with the certificates it names', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const { entry: won, identity, generation } = registry.current.select('a.example', 443)
    assert.deepEqual([won?.id, identity?.facts.subject, generation], ['a', 'CN=first', 1])
    const [loaded, ...others] = folder.events
    assert(loaded?.type === 'registry-loaded')
    const { ms, ...rest } = loaded
    assert(ms > 0)
    assert.deepEqual(rest, {
      ...{ type: 'registry-loaded', reason: 'start', unchanged: false, generation: 1, entries: 2 },
      ...{ added: ['a', 'b'], changed: [], removed: [], problems: [] },
    })
    assert.deepEqual(others, [])
  })

  test('opens with entries that cannot be used, and these win and fail', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('a', first)
    await folder.writeRegistry(
      entry('a', '*.example'),
      entry('gone', 'b.example'),
      entry('a2', 'c.example', 'passphrase: {env: NO_SUCH_VARIABLE}'),
    )
    const registry = await folder.open()
    const { entry: won, identity, error } = registry.current.select('b.example', 443)
    assert.deepEqual([won?.id, identity, error?.code], ['gone', null, 'client_certificate_missing_file'])
    assert.deepEqual(told(folder), [
      'registry.yaml:4:41: gone.crt does not exist (create it, or correct its path)',
      'registry.yaml:5:39: a2.crt does not exist (create it, or correct its path)',
    ])
  })

  test('without entries is one as well', async () => {
    await using folder = await RegistryFolder.create()
    await folder.write('registry.yaml', 'version: 1\ncertificates: []\n')
    const registry = await folder.open()
    assert.equal(registry.current.generation, 1)
  })

  test('that is refused names every problem, those of files included', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writeRegistry(entry('a', 'a.example'), entry('b', 'b.example', 'prot: 1'))
    const problems = await folder.open().then(
      () => [],
      error => (error instanceof InvalidRegistry ? error.problems : []),
    )
    assert.deepEqual(
      problems.map(({ code, line }) => [code, line]),
      [
        ['unknown_key', 4],
        ['client_certificate_missing_file', 3],
      ],
    )
  })

  test('that is missing or a folder is refused', async () => {
    await using folder = await RegistryFolder.create()
    await assert.rejects(folder.open(), {
      name: 'InvalidRegistry',
      message: /registry\.yaml:1:1: the registry does not exist/,
    })
    await folder.write('registry.yaml/x', '')
    await assert.rejects(folder.open(), { message: /is a directory/ })
  })
})

describe('a reload', () => {
  test('keeps the identity of what did not change, and retires what changed or went', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const [a, b] = [entryOf(registry, 'a').identity, entryOf(registry, 'b').identity]
    await folder.writePair('b', third)
    await folder.writePair('c', second)
    await folder.writeRegistry(entry('c', 'c.example'), entry('a', 'a.example'), entry('b', 'b.example'))
    const swap = await swapOf(registry)
    assert.equal(swap?.snapshot, registry.current)
    assert.deepEqual([swap.added, swap.changed, swap.removed], [['c'], ['b'], []])
    assert.deepEqual(swap.retired, [b])
    assert.equal(entryOf(registry, 'a').identity, a)
    assert.equal(registry.current.select('b.example', 443).identity?.facts.subject, 'CN=third')
    assert(b !== null && (entryOf(registry, 'b').identity?.generation ?? 0) > b.generation)
    await folder.writeRegistry(entry('a', 'a.example'))
    const removal = await swapOf(registry)
    assert.deepEqual([removal?.removed, removal?.retired.length], [['c', 'b'], 2])
    assert.equal(registry.current.select('b.example', 443).rule, 'none')
  })

  test('of unchanged files changes nothing, not even the snapshot', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const before = registry.current
    await folder.writePair('a', first)
    assert.equal(await swapOf(registry), null)
    assert.equal(registry.current, before)
    const [, loaded] = eventsOf(folder, 'registry-loaded')
    assert.deepEqual([loaded?.reason, loaded?.added, loaded?.changed], ['request', [], []])
  })

  test('of an entry that only reaches further keeps its identity and its connections', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const { identity } = entryOf(registry, 'a')
    await folder.writeRegistry(entry('a', '{a,c}.example', 'port: 8443'), entry('b', 'b.example'))
    const swap = await swapOf(registry)
    assert.deepEqual([swap?.changed, swap?.retired], [['a'], []])
    assert.equal(registry.current.select('c.example', 8443).identity, identity)
  })

  test('of an entry keeps its identity when a group is added, and ends it when one is left out', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const groups = async (rest: string) => {
      await folder.writeRegistry(entry('a', 'a.example', rest), entry('b', 'b.example'))
      const swap = await swapOf(registry)
      return { swap, identity: entryOf(registry, 'a').identity }
    }
    const { identity: forOne } = await groups('groups: [g]')
    const { swap: wider, identity: forTwo } = await groups('groups: [h, g]')
    assert.deepEqual([wider?.changed, wider?.retired, forTwo], [['a'], [], forOne])
    const { swap: narrower, identity: forOther } = await groups('groups: [h]')
    assert.deepEqual([narrower?.changed, narrower?.retired], [['a'], [forTwo]])
    const { swap: forAll, identity } = await groups('')
    assert.deepEqual([forAll?.retired, identity], [[], forOther])
    assert.deepEqual((await groups('groups: [h]')).swap?.retired, [identity])
  })

  test('that only moves lines changes places and nothing else', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    await folder.write('registry.yaml', `# comment\n${await folder.read('registry.yaml')}`)
    const swap = await swapOf(registry)
    assert.deepEqual([swap?.added, swap?.changed, swap?.removed, swap?.retired], [[], [], [], []])
    assert.equal(entryOf(registry, 'a').definition.at.entry.line, 4)
  })

  test('takes a new passphrase, authority or trust of the system as another identity', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('a', first, 'one')
    await folder.write('pass', 'one\n')
    await folder.write('ca.pem', root.pem)
    const line = (rest: string) => entry('a', 'a.example', `passphrase: {file: pass}${rest}`)
    await folder.writeRegistry(line(''))
    const registry = await folder.open()
    const generations = new Set([entryOf(registry, 'a').identity?.generation])
    const remember = async () => {
      assert.deepEqual((await swapOf(registry))?.changed, ['a'])
      generations.add(entryOf(registry, 'a').identity?.generation)
    }
    await folder.writeRegistry(line(', ca: ca.pem'))
    await remember()
    await folder.writeRegistry(line(', ca: ca.pem, systemRoots: true'))
    await remember()
    await folder.write('ca.pem', root.pem + third.pem)
    await remember()
    await folder.writePair('a', first, 'two')
    await folder.write('pass', 'two')
    await remember()
    assert.equal(generations.size, 5)
  })

  test('that is refused changes nothing and says where and why', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const before = registry.current
    for (const [text, expected] of [
      ['version: 1\ncertificates: [', /registry\.yaml:2:\d+: /],
      ['', /1:1: the file is empty/],
      [registryText(entry('a', 'a.example'), entry('a', 'b.example')), /4:10: the id `a` is already used/],
      [registryText(entry('a', 'a.example:443')), /3:19: `host` holds a port/],
    ] as const) {
      await folder.write('registry.yaml', text)
      assert.equal(await registry.reload(), false)
      assert.equal(registry.current, before)
      const refusal = eventsOf(folder, 'registry-refused').at(-1)
      assert.deepEqual([refusal?.reason, refusal?.generation], ['request', before.generation])
      assert.match(refusal?.problems.map(formatProblem).join('\n') ?? '', expected)
    }
    await rm(folder.file)
    assert.equal(await registry.reload(), false)
    assert.equal(registry.current, before)
    await folder.writeRegistry(entry('a', 'a.example'), entry('b', 'b.example'))
    const swap = await swapOf(registry)
    assert.deepEqual([swap?.changed, swap?.retired], [[], []])
  })

  test('reloads that are asked for at once are one, and each caller gets the result', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    folder.events.length = 0
    const results = await Promise.all([
      registry.reload('change'),
      registry.reload(),
      registry.reload('change'),
    ])
    assert.deepEqual(results, [true, true, true])
    assert.deepEqual(
      eventsOf(folder, 'registry-loaded').map(({ reason }) => reason),
      ['request'],
    )
  })
})

describe('an entry that breaks after it was good', () => {
  test('keeps its last good version until its files are right again', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const { identity } = entryOf(registry, 'a')
    told(folder)
    await folder.write('a.key', second.key())
    assert.deepEqual((await swapOf(registry))?.retired, [])
    const broken = entryOf(registry, 'a')
    assert.equal(registry.current.select('a.example', 443).identity, identity)
    assert.deepEqual([broken.error, broken.stale?.code], [null, 'client_key_mismatch'])
    assert.match(
      told(folder).join(),
      /^registry\.yaml:3:50: the key does not belong.*`a` keeps its last good version/,
    )
    assert.equal(await swapOf(registry), null, 'nothing new')
    assert.deepEqual(told(folder), [], 'told once')
    await rm(join(folder.path, 'a.crt'))
    await swapOf(registry)
    assert.equal(registry.current.select('a.example', 443).identity, identity)
    await folder.writePair('a', third)
    const swap = await swapOf(registry)
    assert.deepEqual([swap?.changed, swap?.retired], [['a'], [identity]])
    assert.equal(entryOf(registry, 'a').stale, null)
  })

  test('keeps it when its bundle breaks, and takes the next whole one', async () => {
    await using folder = await RegistryFolder.create()
    await folder.write('a.p12', await opensslBundle(first, 'x'))
    await folder.writeRegistry(
      'id: a, host: a.example, pkcs12: a.p12, passphrase: {env: CERTHOP_TEST_BUNDLE}',
    )
    process.env['CERTHOP_TEST_BUNDLE'] = 'x'
    const registry = await folder.open()
    const { identity } = entryOf(registry, 'a')
    assert.equal(identity?.facts.subject, 'CN=first')
    assert.equal(await swapOf(registry), null, 'nothing changed')
    for (const [content, problem] of [
      [await opensslBundle(second, 'y'), /^registry\.yaml:3:57: the passphrase does not open a\.p12/],
      [Buffer.from('torn'), /^registry\.yaml:3:38: a\.p12 is no PKCS#12 file/],
    ] as const) {
      told(folder)
      await folder.write('a.p12', content)
      await swapOf(registry)
      assert.match(told(folder).join(), problem)
      assert.equal(registry.current.select('a.example', 443).identity, identity)
    }
    await folder.write('a.p12', await opensslBundle(third, 'x', { args: ['-legacy'] }))
    assert.deepEqual((await swapOf(registry))?.retired, [identity])
    assert.equal(entryOf(registry, 'a').facts?.subject, 'CN=third')
    delete process.env['CERTHOP_TEST_BUNDLE']
  })

  test('keeps it for the same hosts when other files are named, or for other hosts with the same files', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const { identity } = entryOf(registry, 'a')
    await folder.writeRegistry('id: a, host: a.example, cert: new.crt, key: new.key', entry('b', 'b.example'))
    await swapOf(registry)
    assert.equal(registry.current.select('a.example', 443).identity, identity)
    await rm(join(folder.path, 'a.crt'))
    await folder.writeRegistry(entry('a', '*.a.example'), entry('b', 'b.example'))
    await swapOf(registry)
    assert.equal(registry.current.select('x.a.example', 443).identity, identity)
  })

  test('never lends it to other hosts under other files, not even in two steps', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const other = 'cert: new.crt, key: new.key'
    await folder.writeRegistry(`id: a, host: c.example, ${other}`)
    await swapOf(registry)
    assert.equal(registry.current.select('c.example', 443).error?.code, 'client_certificate_missing_file')
    await folder.writeRegistry(entry('a', 'a.example'))
    await swapOf(registry)
    await folder.writeRegistry(`id: a, host: a.example, groups: [g], ${other}`)
    await swapOf(registry)
    assert.equal(
      registry.current.select('a.example', 443, ['g']).error?.code,
      'client_certificate_missing_file',
    )
    await folder.writeRegistry(entry('a', 'a.example'))
    await swapOf(registry)
    await folder.writeRegistry(`id: a, host: a.example, ${other}`)
    await swapOf(registry)
    assert.notEqual(registry.current.select('a.example', 443).identity, null)
    await folder.writeRegistry(`id: a, host: c.example, ${other}`)
    await swapOf(registry)
    assert.equal(registry.current.select('c.example', 443).identity, null)
  })

  test('has no last good version after it was removed', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    await folder.writeRegistry(entry('b', 'b.example'))
    await swapOf(registry)
    await rm(join(folder.path, 'a.crt'))
    await folder.writeRegistry(entry('a', 'a.example'), entry('b', 'b.example'))
    await swapOf(registry)
    assert.equal(registry.current.select('a.example', 443).error?.code, 'client_certificate_missing_file')
  })

  test('is refused when the certificate in its files has expired, last good version or not', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    const expired = await root.client({
      name: 'old',
      notBefore: new Date(Date.now() - 2 * DAY),
      notAfter: new Date(Date.now() - DAY),
    })
    told(folder)
    await folder.writePair('a', expired)
    await swapOf(registry)
    const { identity, error } = registry.current.select('a.example', 443)
    assert.deepEqual([identity, error?.code], [null, 'client_certificate_expired'])
    assert.match(told(folder).join(), /^registry\.yaml:3:38: the certificate of `a` expired at /)
    await folder.write('a.crt', 'broken')
    await swapOf(registry)
    assert.equal(registry.current.select('a.example', 443).error?.code, 'client_certificate_expired')
  })
})

describe('certificate and key while they are being replaced', () => {
  test('are believed only as a pair', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    told(folder)
    await folder.write('a.crt', third.chain)
    // Reading happens before the first wait, so the key comes after it as it does in a real renewal.
    const reloading = swapOf(registry)
    await folder.write('a.key', third.key())
    assert.deepEqual((await reloading)?.changed, ['a'])
    assert.equal(registry.current.select('a.example', 443).identity?.facts.subject, 'CN=third')
    assert.deepEqual(told(folder), [])
  })

  test('may be gone for a moment', async () => {
    await using folder = await RegistryFolder.create()
    const registry = await twoEntries(folder)
    told(folder)
    await rm(join(folder.path, 'a.key'))
    await rm(folder.file)
    const reloading = registry.reload()
    await folder.writeRegistry(entry('a', 'a.example'), entry('b', 'b.example'))
    await folder.writePair('a', first)
    assert.equal(await reloading, true)
    assert.equal(entryOf(registry, 'a').stale, null)
    assert.deepEqual(eventsOf(folder, 'registry-refused'), [])
  })
})

describe('warnings', () => {
  test('name keys that others can read, and what to run', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('a', first)
    await chmod(join(folder.path, 'a.key'), 0o644)
    await folder.writeRegistry(entry('a', 'a.example'))
    const registry = await folder.open()
    assert.deepEqual(told(folder), [
      'registry.yaml:3:50: the private key a.key is open to other users (chmod 600 a.key)',
    ])
    await chmod(join(folder.path, 'a.key'), 0o600)
    await registry.reload()
    assert.deepEqual(told(folder), [])
  })

  test('name bundles that others can read', async () => {
    await using folder = await RegistryFolder.create()
    const path = await folder.write('a.p12', await opensslBundle(first, ''))
    await chmod(path, 0o640)
    await folder.writeRegistry('id: a, host: a.example, pkcs12: a.p12')
    await folder.open()
    assert.deepEqual(told(folder), [
      'registry.yaml:3:38: the private key a.p12 is open to other users (chmod 600 a.p12)',
    ])
  })

  test('name an age identity that others can read, once, and no file that is encrypted', async () => {
    await using folder = await RegistryFolder.create()
    const { key, recipient } = await newAgeIdentity()
    const file = await folder.write('identity', key)
    await folder.writePair('a', first)
    await folder.write('a.key.age', await encryptAge(Buffer.from(first.key()), [recipient]))
    await chmod(file, 0o644)
    await chmod(join(folder.path, 'a.key.age'), 0o644)
    await folder.writeRegistry(
      'id: a, host: a.example, cert: a.crt, key: a.key.age',
      'id: b, host: b.example, cert: a.crt, key: a.key.age',
    )
    await folder.open({ ageIdentity: { file } })
    assert.deepEqual(told(folder), [
      'registry.yaml:1:1: the age identity identity is open to other users (chmod 600 identity)',
    ])
  })

  test('name entries that can never win, and no others', async () => {
    await using folder = await RegistryFolder.create()
    const tomorrow = await root.client({ name: 'tomorrow', notBefore: new Date(Date.now() + DAY) })
    const entries: string[] = []
    const add = async (id: string, host: string, rest = '', certificate = first) => {
      await folder.writePair(id, certificate)
      entries.push(entry(id, host, rest))
    }
    await add('old', 'a.example')
    await add('port', 'b.example', 'port: 443')
    await add('one-of-two', '{c,d}.example')
    await add('wild', '*.E.example')
    await add('full', 'f.example')
    await add('today', 'g.example')
    await add('every-port', 'h.example')
    await add('one-group', 'i.example', 'groups: [g]')
    await add('two-groups', 'j.example', 'groups: [g, h]')
    await add('everybody', 'k.example')
    await add('grouped', 'l.example', 'groups: [g]')
    await add('a', 'A.example')
    await add('b', 'b.example')
    await add('c', 'c.example')
    await add('e', '*.e.example')
    await add('f', '*.example')
    await add('tomorrow', 'g.example', '', tomorrow)
    await add('h', 'h.example', 'port: 443')
    await add('i', 'i.example', 'groups: [h, g]')
    await add('j', 'j.example', 'groups: [g]')
    await add('k', 'k.example', 'groups: [g]')
    await add('l', 'l.example')
    await folder.writeRegistry(...entries)
    await folder.open()
    const shadowed = told(folder).map(problem => /`([^`]+)` can never win: `([^`]+)`/.exec(problem)?.slice(1))
    assert.deepEqual(shadowed, [
      ['old', 'a'],
      ['port', 'b'],
      ['wild', 'e'],
      ['one-group', 'i'],
      ['grouped', 'l'],
    ])
  })
})

test('what a registry says never holds a passphrase or a key', async () => {
  await using folder = await RegistryFolder.create()
  await folder.writePair('a', first, 'hunter2')
  await folder.writeRegistry(
    entry('a', 'a.example', 'passphrase: hunter2'),
    entry('b', 'b.example', 'passphrase: hunter3'),
  )
  const registry = await folder.open()
  await writeFile(join(folder.path, 'a.key'), first.key('hunter4'))
  await registry.reload()
  const said = JSON.stringify([
    folder.events,
    registry.current.entries.map(({ error, stale }) => [error?.message, stale?.message]),
  ])
  assert.doesNotMatch(said, /hunter|PRIVATE KEY/)
})
