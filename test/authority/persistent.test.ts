import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { getCACertificates } from 'node:tls'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { type Authority, rotateAuthority } from '../../src/authority/authority.ts'
import { InvalidAuthority } from '../../src/authority/invalid-authority.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { RunningCommand } from '../support/command.ts'
import { handshake } from '../support/handshake.ts'
import { StateDirectory } from '../support/state-directory.ts'

const DAY = 86_400_000
const YEAR = 365 * DAY

function modeOf({ mode }: { mode: number }): string {
  return (mode & 0o777).toString(8)
}

async function trusts(ca: string, authority: Authority): Promise<boolean> {
  return (await handshake(await authority.contextFor('a.test'), 'a.test', { ca })).trusted
}

describe('a persistent authority', () => {
  test('is made with the first start, and is the same at the next', async () => {
    await using state = await StateDirectory.create()
    const first = await state.open()
    const ca = await state.read('ca.pem')
    const second = await state.open()
    assert.equal(await state.read('ca.pem'), ca)
    assert.deepEqual(second.files, first.files)
    assert.deepEqual([await trusts(ca, first), await trusts(ca, second)], [true, true])
    assert.deepEqual(state.notices, [])
  })

  test('says what it is and where, signs leaves and nothing else, and lasts ten years', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    const root = new x509.X509Certificate(await state.read('ca.pem'))
    assert.equal(root.subject, `O=certhop, CN=certhop local authority on ${hostname().slice(0, 37)}`)
    const constraints = root.getExtension(x509.BasicConstraintsExtension)
    assert.deepEqual([constraints?.critical, constraints?.ca, constraints?.pathLength], [true, true, 0])
    const usage = root.getExtension(x509.KeyUsagesExtension)
    const expected = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
    assert.deepEqual([usage?.critical, usage?.usages], [true, expected])
    assert.deepEqual(root.publicKey.algorithm, { name: 'ECDSA', namedCurve: 'P-256' })
    const identifier = await x509.SubjectKeyIdentifierExtension.create(root.publicKey)
    assert.equal(root.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId, identifier.keyId)
    assert.equal(root.extensions.length, 3)
    assert.equal(root.signatureAlgorithm.hash.name, 'SHA-256')
    assert(root.notBefore.getTime() < Date.now() - 3_600_000)
    assert(Math.abs(root.notAfter.getTime() - Date.now() - 10 * YEAR) < DAY)
    assert.equal(await root.isSelfSigned(), true)
  })

  test('keeps its key to its user', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    assert.equal(modeOf(await stat(state.path)), '700')
    assert.equal(modeOf(await stat(state.file('authority.pem'))), '600')
    assert.equal(modeOf(await stat(state.file('ca.pem'))), '644')
    assert.equal(modeOf(await stat(state.file('bundle.pem'))), '644')
    assert.deepEqual((await readdir(state.path)).sort(), ['authority.pem', 'bundle.pem', 'ca.pem'])
    for (const name of ['ca.pem', 'bundle.pem']) assert.doesNotMatch(await state.read(name), /PRIVATE/)
  })

  test('whose key others can read is used, with a warning that says what to do', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    await chmod(state.file('authority.pem'), 0o640)
    await state.open()
    assert.equal(state.notices.length, 1)
    assert.equal(state.notices[0]?.level, 'warn')
    assert.match(state.notices[0]?.message ?? '', /is open to other users \(chmod 600 .*authority\.pem\)$/)
  })

  test('is one for twenty processes that start at once', async () => {
    await using state = await StateDirectory.create()
    const program = join(import.meta.dirname, 'open-program.ts')
    const processes = Array.from(
      { length: 20 },
      () => new RunningCommand(process.execPath, [program, state.path]),
    )
    try {
      await Promise.all(processes.map(each => each.line(/loaded/)))
      for (const each of processes) each.type('go\n')
      const found = await Promise.all(processes.map(async each => JSON.parse(await each.line(/certificate/))))
      const ca = await state.read('ca.pem')
      for (const { certificate, bundled } of found) assert.deepEqual([certificate, bundled], [ca, true])
      assert.deepEqual((await readdir(state.path)).sort(), ['authority.pem', 'bundle.pem', 'ca.pem'])
    } finally {
      await Promise.all(processes.map(each => each.stop()))
    }
  })

  test('puts right what a crash left: files that are missing, cut short, or of another authority', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    const [ca, bundle] = [await state.read('ca.pem'), await state.read('bundle.pem')]
    for (const content of [null, '', ca.slice(0, 100), (await createAuthority({ name: 'Other' })).pem]) {
      for (const name of ['ca.pem', 'bundle.pem']) {
        if (content === null) await unlink(state.file(name))
        else await writeFile(state.file(name), content)
      }
      await state.open()
      assert.deepEqual([await state.read('ca.pem'), await state.read('bundle.pem')], [ca, bundle])
    }
  })

  test('removes what a killed process left half-written, but not what another still writes', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    const left = await state.write('authority.pem.0123456789abcdef.tmp', 'half a key')
    await utimes(left, new Date(Date.now() - DAY), new Date(Date.now() - DAY))
    await state.write('authority.pem.fedcba9876543210.tmp', 'being written')
    const others = await state.write('notes.tmp', 'not ours')
    await utimes(others, new Date(Date.now() - DAY), new Date(Date.now() - DAY))
    await state.open()
    const names = (await readdir(state.path)).filter(name => name.endsWith('.tmp'))
    assert.deepEqual(names.sort(), ['authority.pem.fedcba9876543210.tmp', 'notes.tmp'])
  })

  describe('is never replaced silently, and says what to do, when its file', () => {
    const key = (authority: Certificate) => authority.key()
    const old = { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) }
    const early = { notBefore: new Date(Date.now() + DAY), notAfter: new Date(Date.now() + 2 * DAY) }
    const BROKEN: Record<string, [content: () => Promise<string>, message: RegExp]> = {
      'is empty': [async () => '', /holds no certificate$/],
      'is something else': [async () => 'hello\n', /holds no certificate$/],
      'holds no key': [async () => (await createAuthority({ name: 'A' })).pem, /holds no private key$/],
      'holds no certificate': [
        async () => key(await createAuthority({ name: 'A' })),
        /holds no certificate$/,
      ],
      'holds the key of another': [
        async () => key(await createAuthority({ name: 'A' })) + (await createAuthority({ name: 'B' })).pem,
        /the key in .* does not belong to the certificate in/,
      ],
      'holds a certificate that is none': [
        async () => {
          const authority = await createAuthority({ name: 'A' })
          return key(authority) + authority.pem.replace(/MI/, 'AA')
        },
        /a certificate in .* is damaged$/,
      ],
      'holds a key that is none': [
        async () => {
          const authority = await createAuthority({ name: 'A' })
          return key(authority).replace(/MI/, 'AA') + authority.pem
        },
        /the private key in .* is damaged$/,
      ],
      'is of no authority': [
        async () => {
          const server = await (await createAuthority({ name: 'A' })).server({ name: 'a.test' })
          return key(server) + server.pem
        },
        /is no authority that may sign$/,
      ],
      'has expired': [
        async () => {
          const authority = await createAuthority({ name: 'A', ...old })
          return key(authority) + authority.pem
        },
        /expired at \d{4}-/,
      ],
      'is of the future': [
        async () => {
          const authority = await createAuthority({ name: 'A', ...early })
          return key(authority) + authority.pem
        },
        /is not valid before \d{4}-/,
      ],
    }
    for (const [name, [content, message]] of Object.entries(BROKEN)) {
      test(name, async () => {
        await using state = await StateDirectory.create()
        await mkdir(state.path)
        const broken = await content()
        const path = await state.write('authority.pem', broken)
        await assert.rejects(state.open(), (error: InvalidAuthority) => {
          assert(error instanceof InvalidAuthority)
          assert.match(error.message, message)
          assert(error.message.includes(path))
          assert.match(error.hint, /`certhop ca rotate` makes a new authority/)
          assert.equal(error.configured, false)
          return true
        })
        assert.equal(await state.read('authority.pem'), broken)
        await rotateAuthority(state.path)
        assert.equal(await trusts(await state.read('ca.pem'), await state.open()), true)
      })
    }
  })

  test('cannot be a link to nothing', async () => {
    await using state = await StateDirectory.create()
    await mkdir(state.path)
    await symlink('/nowhere/authority.pem', state.file('authority.pem'))
    await assert.rejects(state.open(), /authority\.pem is a link to a file that does not exist/)
    assert.deepEqual(await readdir(state.path), ['authority.pem'])
  })

  test('needs a state directory that can be written, and says how to name another', async () => {
    await using state = await StateDirectory.create()
    await writeFile(state.path, 'a file')
    const tasks = [() => state.open(), () => state.open('ephemeral'), () => rotateAuthority(state.path)]
    for (const task of tasks) {
      await assert.rejects(task, (error: InvalidAuthority) => {
        assert.match(error.message, /^the state directory .*\/state cannot be used \(\w+: E[A-Z]+\)$/)
        assert.match(error.hint, /--state-dir or `stateDirectory`/)
        return true
      })
    }
  })
})

describe('the bundle', () => {
  test("holds the system's roots, each once, and the authority", async () => {
    await using state = await StateDirectory.create()
    await state.open()
    const pattern = /-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n/g
    const bundle = await state.read('bundle.pem')
    const blocks = bundle.match(pattern) ?? []
    assert.equal(blocks.join(''), bundle, 'nothing stands in between')
    const fingerprints = blocks.map(pem => new X509Certificate(pem).fingerprint256)
    const roots = [...getCACertificates('default'), ...getCACertificates('system')]
    for (const pem of [...roots, await state.read('ca.pem')]) {
      assert(fingerprints.includes(new X509Certificate(pem).fingerprint256))
    }
    assert.equal(new Set(blocks).size, blocks.length)
  })

  test("with roots of before is no reason to wait at a start, and is put right when there's time", async () => {
    await using state = await StateDirectory.create()
    await state.open()
    const [ca, bundle] = [await state.read('ca.pem'), await state.read('bundle.pem')]
    const old = `${(await createAuthority({ name: 'Removed' })).pem}${ca}`
    await state.write('bundle.pem', old)
    const authority = await state.open('persistent', { rootsLater: true })
    assert.equal(await state.read('bundle.pem'), old)
    await authority.updateTrustFiles()
    assert.equal(await state.read('bundle.pem'), bundle)
  })

  test('that does not end with this authority is put right at once', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    const [ca, bundle] = [await state.read('ca.pem'), await state.read('bundle.pem')]
    for (const wrong of [bundle.slice(0, -1), bundle.replace(ca, ''), ca.slice(1), ca, '']) {
      await state.write('bundle.pem', wrong)
      await state.open('persistent', { rootsLater: true })
      assert.equal(await state.read('bundle.pem'), bundle)
    }
    await unlink(state.file('bundle.pem'))
    await state.open('persistent', { rootsLater: true })
    assert.equal(await state.read('bundle.pem'), bundle)
  })

  test('is that of another authority when it was rotated meanwhile', async () => {
    await using state = await StateDirectory.create()
    const authority = await state.open('persistent', { rootsLater: true })
    await rotateAuthority(state.path)
    const bundle = await state.read('bundle.pem')
    await authority.updateTrustFiles()
    assert.equal(await state.read('bundle.pem'), bundle)
  })
})

describe('a rotation', () => {
  /** Asks as runners do until `authority` signs with another certificate than `ca`. */
  async function untilRotated(authority: Authority, ca: string): Promise<void> {
    while (await trusts(ca, authority)) await setImmediate()
  }

  test('is followed by a process that runs, within a second or so, with new leaves for every host', async () => {
    await using state = await StateDirectory.create()
    const authority = await state.open()
    const before = await state.read('ca.pem')
    const context = await authority.contextFor('a.test')
    assert.equal(await trusts(before, authority), true)
    await rotateAuthority(state.path)
    const started = performance.now()
    await untilRotated(authority, before)
    assert(performance.now() - started < 5000)
    const after = await state.read('ca.pem')
    assert.notEqual(after, before)
    assert.equal(await trusts(after, authority), true)
    assert.notEqual(await authority.contextFor('a.test'), context)
    assert((await state.read('bundle.pem')).endsWith(after))
    assert.deepEqual(
      state.notices.map(({ message }) => message),
      ['the local authority was rotated'],
    )
  })

  test('to a file that is broken keeps the last good authority in force, and says so once', async () => {
    await using state = await StateDirectory.create()
    const authority = await state.open()
    const ca = await state.read('ca.pem')
    await state.write('authority.pem', 'half a ke')
    while (state.notices.length === 0) assert.equal(await trusts(ca, authority), true)
    assert.equal(await trusts(ca, authority), true)
    assert.equal(state.notices[0]?.level, 'error')
    assert.match(state.notices[0]?.message ?? '', /^the last good authority stays: .* holds no certificate/)
    await rotateAuthority(state.path)
    await untilRotated(authority, ca)
    assert.equal(await trusts(await state.read('ca.pem'), authority), true)
    assert.equal(state.notices.length, 2)
  })

  test('by several at once leaves files that fit each other', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    await Promise.all(Array.from({ length: 10 }, () => rotateAuthority(state.path)))
    const ca = await state.read('ca.pem')
    assert((await state.read('authority.pem')).includes(ca))
    assert((await state.read('bundle.pem')).endsWith(ca))
    assert.equal(await trusts(ca, await state.open()), true)
    assert.deepEqual((await readdir(state.path)).sort(), ['authority.pem', 'bundle.pem', 'ca.pem'])
  })

  test('is none when the file is gone: runners still trust what they were told', async () => {
    await using state = await StateDirectory.create()
    const authority = await state.open()
    const ca = await readFile(authority.files.certificate, 'utf8')
    await rm(state.path, { recursive: true })
    const until = performance.now() + 1200
    while (performance.now() < until) assert.equal(await trusts(ca, authority), true)
    await rotateAuthority(state.path)
    await untilRotated(authority, ca)
  })
})

describe('an ephemeral authority', () => {
  test('lives in a folder of its own, with no key in it, and leaves nothing behind', async () => {
    await using state = await StateDirectory.create()
    const authority = await state.open('ephemeral')
    const ca = readFileSync(authority.files.certificate, 'utf8')
    assert.equal(await trusts(ca, authority), true)
    assert(readFileSync(authority.files.bundle, 'utf8').endsWith(ca))
    const [folder = '', ...rest] = await readdir(state.path)
    assert.deepEqual(rest, [])
    assert.equal(modeOf(await stat(state.file(folder))), '700')
    assert.deepEqual((await readdir(state.file(folder))).sort(), ['bundle.pem', 'ca.pem'])
    for (const name of ['ca.pem', 'bundle.pem']) {
      assert.doesNotMatch(await state.read(join(folder, name)), /PRIVATE/)
    }
    await authority.close()
    assert.deepEqual(await readdir(state.path), [])
    await authority.close()
  })

  test('is another one for every process, beside a persistent one that it does not touch', async () => {
    await using state = await StateDirectory.create()
    await state.open()
    const persistent = await state.read('ca.pem')
    const authorities = [await state.open('ephemeral'), await state.open('ephemeral')]
    const cas = authorities.map(({ files }) => readFileSync(files.certificate, 'utf8'))
    assert.equal(new Set([persistent, ...cas]).size, 3)
    assert.equal(await state.read('ca.pem'), persistent)
    for (const authority of authorities) await authority.close()
    assert.deepEqual((await readdir(state.path)).sort(), ['authority.pem', 'bundle.pem', 'ca.pem'])
  })
})
