import assert from 'node:assert/strict'
import { watch } from 'node:fs'
import { chmod, lstat, readdir, readlink, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, before, beforeEach, describe, test } from 'node:test'
import { encryptAge, newAgeIdentity } from '../../src/identity/age.ts'
import type { AgeIdentitySource } from '../../src/identity/source.ts'
import { addCertificate, type NewCertificate } from '../../src/registry/add.ts'
import { editRegistry } from '../../src/registry/edit.ts'
import { EditRefused } from '../../src/registry/edit-refused.ts'
import { removeCertificate } from '../../src/registry/remove.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { ROOT, RunningCommand, runCommand } from '../support/command.ts'
import { entry, RegistryFolder, registryText } from '../support/registry-folder.ts'

const NOBODY = 65_534

const DAY = 86_400_000
const EDITOR = `${ROOT}test/support/registry-editor.ts`

let root: Certificate
let client: Certificate
let folder: RegistryFolder

before(async () => {
  root = await createAuthority({ name: 'Root' })
  client = await root.client({ name: 'client' })
})

beforeEach(async () => {
  folder = await RegistryFolder.create()
})

afterEach(() => folder[Symbol.asyncDispose]())

function material(path: string, text: string) {
  return { path, content: Buffer.from(text) }
}

/** An age identity that nobody has set up. */
const NO_AGE = { env: 'CERTHOP_TEST_NO_AGE_IDENTITY' }

interface Changes extends Partial<NewCertificate> {
  certificate?: Certificate
  key?: string
  ca?: string
  ageIdentity?: AgeIdentitySource
}

function add({ certificate = client, key, ca, ageIdentity = NO_AGE, ...options }: Changes = {}) {
  const pem = {
    cert: material('c.pem', certificate.chain),
    key: material('k.pem', key ?? certificate.key()),
    ...(ca === undefined ? {} : { ca: material('ca.pem', ca) }),
  }
  const passphrase = () => assert.fail('nobody needs a passphrase')
  return addCertificate(
    folder.file,
    { hosts: ['api.example'], material: pem, passphrase, ...options },
    { ageIdentity },
  )
}

function refused(fault: EditRefused['fault'], message: RegExp) {
  return (error: unknown) => {
    assert(error instanceof EditRefused, String(error))
    assert.equal(error.fault, fault)
    assert.match(error.message, message)
    return true
  }
}

async function ids(): Promise<string[]> {
  const registry = await folder.open()
  assert(registry.current.entries.every(({ error }) => error === null))
  return registry.current.entries.map(({ id }) => id)
}

/** Everything in the folder but the files of entries. */
async function names(): Promise<string[]> {
  return (await readdir(folder.path)).sort()
}

describe('adding a certificate', () => {
  test('begins a registry where there is none', async () => {
    const { entry, rivals } = await add()
    assert.equal(entry.id, 'api.example')
    assert.deepEqual(rivals, [])
    assert.match(
      await folder.read('registry.yaml'),
      /^# .*\nversion: 1\ncertificates:\n {2}- id: api\.example\n/,
    )
    assert.deepEqual(await ids(), ['api.example'])
    assert.deepEqual(await names(), ['certs', 'registry.yaml'])
  })

  test('goes on with one that holds comments alone', async () => {
    await folder.write('registry.yaml', `# ours\n\n${'#'.repeat(80)}`)
    await add()
    assert.match(await folder.read('registry.yaml'), /^# ours\n\n#{80}\nversion: 1\ncertificates:\n {2}- id/)
  })

  test('copies its files for the owner alone', async () => {
    const passphrase = async () => ({ kind: 'plain', value: 'canary one' }) as const
    await add({ key: client.key('canary one'), ca: root.pem, passphrase })
    const copies = join(folder.path, 'certs', 'api.example')
    assert.equal((await stat(copies)).mode & 0o777, 0o700)
    const files = (await readdir(copies)).sort()
    assert.deepEqual(files, ['.certhop', 'ca.pem', 'cert.pem', 'key.pem', 'passphrase'])
    for (const file of files) assert.equal((await stat(join(copies, file))).mode & 0o777, 0o600)
    const text = await folder.read('registry.yaml')
    assert.match(text, /passphrase: \{file: certs\/api\.example\/passphrase\}/)
    assert.doesNotMatch(text, /canary/)
    assert.deepEqual(await ids(), ['api.example'])
  })

  test('dates the entry where the others are dated, and not where they are not', async () => {
    await folder.writePair('a', client)
    await folder.writeRegistry(entry('a', 'a.test', 'addedAt: 2026-01-01T00:00:00Z'))
    assert((await add()).entry.addedAt !== null)
    await folder.writeRegistry(entry('a', 'a.test'))
    assert.equal((await add({ id: 'undated' })).entry.addedAt, null)
    assert.deepEqual(await ids(), ['a', 'undated'])
  })

  test('says over which entries it wins and to which it loses', async () => {
    await folder.writePair('a', client)
    await folder.writeRegistry(
      entry('full', 'api.example'),
      entry('wild', '*.example'),
      entry('other-port', 'api.example', 'port: 8443'),
      entry('other', '*.test'),
    )
    const rivals = async (options: Changes) =>
      (await add(options)).rivals.map(({ id, loses }) => `${loses ? 'over' : 'to'} ${id}`)
    assert.deepEqual(await rivals({ id: 'one', hosts: ['*.example'], port: 443 }), ['to full', 'over wild'])
    assert.deepEqual(await rivals({ id: 'two', hosts: ['api.example'], port: 80 }), [
      'over full',
      'over wild',
    ])
  })

  test('takes an id from the host, and one that is free', async () => {
    const added: string[] = []
    for (const hosts of [['*.Pay.example'], ['pay.example'], ['*'], ['[::1]'], ['{a,b}.example']]) {
      added.push((await add({ hosts })).entry.id)
    }
    assert.deepEqual(added, ['pay.example', 'pay.example-2', 'certificate', '1', 'a-b-.example'])
  })

  const wrong: Record<string, [Changes, EditRefused['fault'], RegExp]> = {
    'a pattern with a scheme': [
      { hosts: ['a', 'https://b'] },
      'invalid',
      /host `https:\/\/b` holds a scheme/,
    ],
    'no host': [{ hosts: [] }, 'invalid', /the host must not be empty/],
    'an id in capitals': [{ id: 'API' }, 'invalid', /the id `API` must be/],
    'a port beyond 65535': [{ port: 65536 }, 'invalid', /the port `65536` must be at most 65535/],
    'a group in capitals': [{ groups: ['ok', 'API'] }, 'invalid', /the group `API` must be/],
    'an id that is taken': [{ id: 'taken' }, 'id_taken', /has a certificate `taken` already/],
    'an id whose folder is there': [{ id: 'mine' }, 'id_taken', /a folder certs\/mine/],
  }
  for (const [what, [options, fault, message]] of Object.entries(wrong)) {
    test(`${what} is refused, and nothing changes`, async () => {
      await folder.writePair('taken', client)
      await folder.writeRegistry(entry('taken', 'a.test'))
      await folder.write('certs/mine/key.pem', 'mine')
      await assert.rejects(add(options), refused(fault, message))
      assert.equal(await folder.read('registry.yaml'), registryText(entry('taken', 'a.test')))
      assert.equal(await folder.read('certs/mine/key.pem'), 'mine')
      assert.deepEqual(await readdir(join(folder.path, 'certs')), ['mine'])
    })
  }

  test('files that no request could use are refused by what is wrong with them', async () => {
    const past = new Date(Date.now() - DAY)
    const expired = await root.client({
      name: 'old',
      notBefore: new Date(past.getTime() - DAY),
      notAfter: past,
    })
    const weak = await root.client({ name: 'weak', keyType: 'RSA-1024' })
    const wrongPassphrase = async () => ({ kind: 'plain', value: 'wrong' }) as const
    const unset = async () => ({ kind: 'env', name: 'CERTHOP_TEST_UNSET' }) as const
    const cases: [Changes, string][] = [
      [{ key: root.key() }, 'client_key_mismatch'],
      [{ ca: client.key() }, 'client_certificate_invalid'],
      [{ material: { pkcs12: material('b.p12', 'nothing') } }, 'client_certificate_invalid'],
      [{ certificate: expired }, 'client_certificate_expired'],
      [{ certificate: weak }, 'client_certificate_invalid'],
      [{ key: client.key('right'), passphrase: wrongPassphrase }, 'passphrase_wrong'],
      [{ key: client.key('right'), passphrase: unset }, 'secret_unavailable'],
    ]
    for (const [options, code] of cases) await assert.rejects(add(options), { code })
    assert.deepEqual(await names(), [])
  })

  test('one that is not valid yet is added, and waits', async () => {
    const notBefore = new Date(Date.now() + DAY)
    const early = await root.client({ name: 'early', notBefore })
    const { entry } = await add({ certificate: early })
    assert.equal(entry.error, null)
    assert((entry.facts?.notBefore ?? 0) > Date.now())
  })

  test('a passphrase in a variable is referred to, not copied', async t => {
    process.env['CERTHOP_TEST_ADD'] = 'canary two'
    t.after(() => delete process.env['CERTHOP_TEST_ADD'])
    const passphrase = async () => ({ kind: 'env', name: 'CERTHOP_TEST_ADD' }) as const
    await add({ key: client.key('canary two'), passphrase })
    assert.match(await folder.read('registry.yaml'), /passphrase: \{env: CERTHOP_TEST_ADD\}/)
    assert(!(await readdir(join(folder.path, 'certs/api.example'))).includes('passphrase'))
  })

  test('a passphrase is encrypted into the registry where there is an age identity', async () => {
    const { key } = await newAgeIdentity()
    const ageIdentity = { file: await folder.write('identity', `# ours\n${key}\n`) }
    const passphrase = async () => ({ kind: 'plain', value: 'canary three' }) as const
    const { entry } = await add({ key: client.key('canary three'), passphrase, ageIdentity })
    assert.equal(entry.error, null)
    assert.match(await folder.read('registry.yaml'), /^ {4}passphrase: \{age: [A-Za-z0-9+/=]+\}$/m)
    assert.deepEqual((await readdir(join(folder.path, 'certs/api.example'))).sort(), [
      '.certhop',
      'cert.pem',
      'key.pem',
    ])
    const registry = await folder.open({ ageIdentity })
    assert.deepEqual(
      registry.current.entries.map(({ error }) => error),
      [null],
    )
  })

  test('an age identity that is named and not there is an error, not a passphrase in the clear', async () => {
    const ageIdentity = { file: join(folder.path, 'missing') }
    const passphrase = async () => ({ kind: 'plain', value: 'x' }) as const
    await assert.rejects(add({ key: client.key('x'), passphrase, ageIdentity }), {
      code: 'secret_unavailable',
    })
    assert.deepEqual(await names(), [])
  })

  test('a file that is encrypted with age is copied as it is', async () => {
    const { key, recipient } = await newAgeIdentity()
    const ageIdentity = { file: await folder.write('identity', key) }
    const encrypted = await encryptAge(Buffer.from(client.key()), [recipient])
    const files = { cert: material('c.pem', client.chain), key: material('k.pem.age', encrypted) }
    assert.equal((await add({ material: files, ageIdentity })).entry.error, null)
    assert.equal(await folder.read('certs/api.example/key.pem.age'), encrypted)
    assert.match(await folder.read('registry.yaml'), /key: certs\/api\.example\/key\.pem\.age\n/)
    await removeCertificate(folder.file, 'api.example')
    assert.deepEqual(await readdir(join(folder.path, 'certs')), [])
  })

  test('for groups meets only what is for one of them, or for all', async () => {
    await folder.writePair('a', client)
    await folder.writeRegistry(
      entry('all', 'api.example'),
      entry('same', 'api.example', 'groups: [a, b]'),
      entry('other', 'api.example', 'groups: [c]'),
    )
    const { entry: added, rivals } = await add({ id: 'new', groups: ['b'] })
    assert.deepEqual(added.groups, ['b'])
    assert.deepEqual(
      rivals.map(({ id }) => id),
      ['all', 'same'],
    )
  })
})

describe('removing a certificate', () => {
  test('deletes the copies of its files, and nothing that somebody put beside them', async () => {
    await add({ id: 'one' })
    await add({ id: 'two' })
    await folder.write('certs/two/notes.txt', 'mine')
    const { definition, copies } = await removeCertificate(folder.file, 'one')
    assert.deepEqual([definition.id, copies], ['one', 'removed'])
    await removeCertificate(folder.file, 'two')
    assert.deepEqual(await readdir(join(folder.path, 'certs'), { recursive: true }), ['two', 'two/notes.txt'])
    assert.deepEqual(await ids(), [])
  })

  test('leaves files that were not copied', async () => {
    await folder.writePair('certs/hand/cert', client)
    await folder.writeRegistry('id: hand, host: a.test, cert: certs/hand/cert.crt, key: certs/hand/cert.key')
    assert.equal((await removeCertificate(folder.file, 'hand')).copies, 'none')
    assert.deepEqual(await readdir(join(folder.path, 'certs/hand')), ['cert.crt', 'cert.key'])
  })

  test('leaves copies that another entry refers to', async () => {
    await add({ id: 'one' })
    const text = await folder.read('registry.yaml')
    const second = text.slice(text.indexOf('  - id')).replace('id: one', 'id: two')
    await folder.write('registry.yaml', text + second)
    assert.deepEqual((await removeCertificate(folder.file, 'one')).copies, ['two'])
    assert.deepEqual(await ids(), ['two'])
  })

  test('of an id that is not there names the one that was meant', async () => {
    await add({ id: 'payments' })
    await assert.rejects(removeCertificate(folder.file, 'payment'), (error: unknown) => {
      assert(error instanceof EditRefused)
      assert.equal(error.fault, 'unknown_id')
      assert.match(error.hint ?? '', /`payments`/)
      return true
    })
  })

  test('that others refer to by an anchor is refused', async () => {
    await folder.writePair('a', client)
    const text = `version: 1\ncertificates:\n  - &base {id: a, host: a, cert: &cert a.crt, key: a.key}\n  - {id: b, host: b, cert: *cert, key: a.key}\n`
    await folder.write('registry.yaml', text)
    await assert.rejects(
      removeCertificate(folder.file, 'a'),
      refused('not_editable', /other entries refer to it/),
    )
    assert.equal(await folder.read('registry.yaml'), text)
  })
})

describe('a registry file', () => {
  test('that is broken already is refused with its problems', async () => {
    await folder.write('registry.yaml', 'version: 1\ncertificates:\n  - {id: a}\n')
    await assert.rejects(add(), { name: 'InvalidRegistry', message: /registry\.yaml:3:5: `host` is missing/ })
    assert.deepEqual(await names(), ['registry.yaml'])
  })

  test('that is not UTF-8 is refused', async () => {
    const bytes = Buffer.from('version: 1 # caf\xe9\ncertificates:\n', 'latin1')
    await folder.write('registry.yaml', bytes)
    await assert.rejects(add(), refused('not_editable', /is not UTF-8/))
  })

  test('in a folder that is not there is refused', async () => {
    const file = join(folder.path, 'missing', 'registry.yaml')
    await assert.rejects(removeCertificate(file, 'a'), refused('not_writable', /does not exist/))
  })

  test('that makes much of its comments is read as fast as any', async () => {
    const ruler = `${'# '.repeat(40)}${'#'.repeat(80)}\n`
    await folder.write('registry.yaml', `${ruler.repeat(9)}version: 1\ncertificates:\n`)
    await add()
    assert((await folder.read('registry.yaml')).startsWith(ruler.repeat(9)))
  })

  test('keeps its mode', async () => {
    await folder.write('registry.yaml', 'version: 1\ncertificates:\n')
    await chmod(folder.file, 0o640)
    await add()
    assert.equal((await stat(folder.file)).mode & 0o777, 0o640)
  })

  test('that is a link stays one: what it leads to is replaced', async () => {
    await folder.write('real/registry.yaml', 'version: 1\ncertificates: # real\n')
    await symlink('real/registry.yaml', folder.file)
    await add()
    assert((await lstat(folder.file)).isSymbolicLink())
    assert.match(await folder.read('real/registry.yaml'), /# real\n {2}- id: api\.example/)
    assert.deepEqual(await ids(), ['api.example'])
    assert.deepEqual(await readdir(join(folder.path, 'real')), ['registry.yaml'])
  })

  test('that is a link to nothing is refused, and the link stays', async () => {
    await symlink('nowhere.yaml', folder.file)
    await assert.rejects(add(), refused('not_writable', /does not exist/))
    assert.equal(await readlink(folder.file), 'nowhere.yaml')
  })

  test('that somebody saves while it is changed is not overwritten', async () => {
    await folder.write('registry.yaml', 'version: 1\ncertificates:\n')
    let runs = 0
    await editRegistry(folder.file, {}, async open => {
      runs += 1
      if (runs === 1) await folder.replace('registry.yaml', 'version: 1 # saved\ncertificates:\n')
      await open.write(`${open.text}# edited\n`, [])
    })
    assert.equal(await folder.read('registry.yaml'), 'version: 1 # saved\ncertificates:\n# edited\n')
  })

  test('that somebody saves all the time is given up', async () => {
    let runs = 0
    const edit = editRegistry(folder.file, {}, async open => {
      runs += 1
      await folder.write('registry.yaml', `version: 1 # ${runs}\ncertificates:\n`)
      await open.write(open.text, [])
    })
    await assert.rejects(edit, refused('locked', /changes all the time/))
  })

  test('in a folder that cannot be written is refused', async () => {
    await folder.write('registry.yaml', 'version: 1\ncertificates:\n')
    await chmod(join(folder.path, 'registry.yaml'), 0o644)
    await chmod(folder.path, 0o555)
    // Root may write everywhere.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(NOBODY)
    await assert.rejects(add(), refused('not_writable', /permission denied/)).finally(async () => {
      if (isRoot) process.seteuid?.(0)
      await chmod(folder.path, 0o700)
    })
    assert.deepEqual(await names(), ['registry.yaml'])
  })
})

/** Resolves when names in the folders have come or gone so many times. */
function changes(count: number, ...folders: string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let seen = 0
  const watchers = folders.map(path =>
    watch(path, () => {
      seen += 1
      if (seen >= count) resolve()
    }),
  )
  return promise.finally(() =>
    watchers.forEach(watcher => {
      watcher.close()
    }),
  )
}

describe('processes that change one registry', () => {
  test('at the same time lose nothing and leave nothing behind', async () => {
    const comment = '# kept through it all'
    await folder.write('registry.yaml', `version: 1\ncertificates: ${comment}\n`)
    const pem = await folder.write('pair.pem', client.chain + client.key())
    const prefixes = ['a', 'b', 'c', 'd']
    const outcomes = await Promise.all(
      prefixes.map(prefix => runCommand(process.execPath, [EDITOR, folder.file, prefix, '6', pem])),
    )
    assert.deepEqual(
      outcomes.map(({ stderr }) => stderr),
      prefixes.map(() => ''),
    )
    const expected = prefixes.flatMap(prefix => [1, 2, 4, 5].map(number => `${prefix}-${number}`))
    assert.deepEqual((await ids()).sort(), expected)
    assert.deepEqual((await readdir(join(folder.path, 'certs'))).sort(), expected)
    assert.deepEqual(await names(), ['certs', 'pair.pem', 'registry.yaml'])
    assert((await folder.read('registry.yaml')).includes(comment))
  })

  test('may be killed at any moment: the registry is whole, and the next change clears up', async () => {
    const pem = await folder.write('pair.pem', client.chain + client.key())
    await add({ id: 'first' })
    for (let change = 1; change <= 15; change += 2) {
      const editor = new RunningCommand(process.execPath, [EDITOR, folder.file, `r${change}`, 'forever', pem])
      await changes(change, folder.path, join(folder.path, 'certs'))
      editor.signal('SIGKILL')
      await editor.exit()
      await ids()
    }
    await removeCertificate(folder.file, 'first')
    assert.deepEqual((await readdir(join(folder.path, 'certs'))).sort(), (await ids()).sort())
    assert.deepEqual(await names(), ['certs', 'pair.pem', 'registry.yaml'])
  })
})
