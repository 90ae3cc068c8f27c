import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { ErrorCode } from '../../src/core/errors.ts'
import { type AgeIdentity, encryptAge, newAgeIdentity } from '../../src/identity/age.ts'
import { IdentityLoader, type LoadedIdentity } from '../../src/identity/load.ts'
import type { AgeIdentitySource, IdentitySource, SourcePart } from '../../src/identity/source.ts'
import { DEFAULT_TLS_POLICY } from '../../src/identity/tls-policy.ts'
import { FileStates } from '../../src/registry/file-states.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { opensslBundle } from '../support/pkcs12.ts'
import { RegistryFolder, snapshotWhere } from '../support/registry-folder.ts'

describe('what is encrypted with age', () => {
  let own: AgeIdentity
  let other: AgeIdentity
  let root: Certificate
  let client: Certificate
  before(async () => {
    own = await newAgeIdentity()
    other = await newAgeIdentity()
    root = await createAuthority({ name: 'Root' })
    client = await root.client({ name: 'payments', keyType: 'RSA-2048' })
  })

  const encrypted = (content: string | Buffer, { recipient } = own) =>
    encryptAge(Buffer.from(content), [recipient])
  const base64 = (armored: string) => armored.replace(/-----[^-]+-----|\s/g, '')

  async function load(
    source: Partial<IdentitySource>,
    ageIdentity: AgeIdentitySource,
  ): Promise<LoadedIdentity> {
    const loader = new IdentityLoader(new FileStates(''), ageIdentity)
    try {
      const shared = { passphrase: null, ca: null, systemRoots: false, tls: DEFAULT_TLS_POLICY }
      return await loader.load('payments', { ...shared, ...source } as IdentitySource)
    } finally {
      await loader.close()
    }
  }

  async function accepted(source: Partial<IdentitySource>, ageIdentity: AgeIdentitySource): Promise<void> {
    const { identity, error } = await load(source, ageIdentity)
    assert.equal(error, null)
    assert.equal(identity?.facts.subject, 'CN=payments')
    assert(identity.secureContext)
  }

  test('is decrypted wherever it stands: certificate, key, authorities, bundle, passphrase', async () => {
    await using folder = await RegistryFolder.create()
    const file = await folder.write('identity', own.key)
    const cert = await folder.write('a.crt.age', await encrypted(client.chain))
    const key = await folder.write('a.key.age', await encrypted(client.key('hüntertwo')))
    const ca = await folder.write('ca.pem.age', await encrypted(root.pem))
    const bundle = await opensslBundle(client, 'hüntertwo', { args: ['-legacy'] })
    // As `age` writes it without --armor.
    const binary = Buffer.from(base64(await encrypted(bundle)), 'base64')
    const pkcs12 = await folder.write('a.p12.age', binary)
    const path = await folder.write('passphrase.age', await encrypted('hüntertwo\n'))
    const armored = await encrypted('hüntertwo')
    for (const passphrase of [
      { kind: 'file', path },
      { kind: 'age', value: armored },
      { kind: 'age', value: base64(armored) },
    ] as const) {
      await accepted({ cert, key, ca, passphrase }, { file })
      await accepted({ pkcs12, passphrase }, { file })
    }
  })

  test('opens with an identity from the environment, or with any of several in a file as age-keygen writes it', async t => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('a', client)
    const cert = join(folder.path, 'a.crt')
    const key = await folder.write('a.key.age', await encrypted(client.key()))
    const env = 'CERTHOP_TEST_AGE'
    t.after(() => delete process.env[env])
    process.env[env] = own.key
    await accepted({ cert, key }, { env })
    const text = `# created: 2026-11-01\n# public key: ${other.recipient}\r\n${other.key}\r\n\n${own.key}\n`
    process.env[env] = text
    await accepted({ cert, key }, { env })
    await accepted({ cert, key }, { file: await folder.write('identity', text) })
  })

  test('is refused with what to do when the identity is missing, is none, or is another', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('a', client)
    const cert = join(folder.path, 'a.crt')
    const key = await folder.write('a.key.age', await encrypted(client.key()))
    const file = await folder.write('identity', own.key)
    const strangers = await folder.write('other', other.key)
    const broken = await folder.write('broken', `${own.key.slice(0, -3)}\n`)
    const empty = await folder.write('empty', '# created: 2026-11-01\n')
    const damaged = await folder.write(
      'damaged.age',
      (await encrypted('x')).replace(/\n[^-\n]*\n-----END/, '\n-----END'),
    )
    const clear = await folder.write('clear.age', client.key())
    const unavailable = 'secret_unavailable'
    const passphrase = { kind: 'age', value: 'aGVsbG8=' } as const
    const cases: [Partial<IdentitySource>, AgeIdentitySource, ErrorCode, SourcePart, RegExp][] = [
      [
        { cert, key },
        { env: 'CERTHOP_TEST_NONE' },
        unavailable,
        'key',
        /CERTHOP_TEST_NONE is not set \(set it .*keygen/,
      ],
      [{ cert, key }, { file: join(folder.path, 'nowhere') }, unavailable, 'key', /nowhere does not exist/],
      [
        { cert, key },
        { file: broken },
        unavailable,
        'key',
        /broken holds no age identity \(.*AGE-SECRET-KEY-1…/,
      ],
      [{ cert, key }, { file: empty }, unavailable, 'key', /empty holds no age identity/],
      [
        { cert, key },
        { file: strangers },
        unavailable,
        'key',
        new RegExp(`not to the identity in .*other.*${other.recipient}`),
      ],
      [
        { cert: damaged, key },
        { file },
        unavailable,
        'cert',
        /damaged\.age is not encrypted with age, or is damaged/,
      ],
      [{ cert, key: clear }, { file }, unavailable, 'key', /clear\.age is not encrypted/],
      [{ cert, key, passphrase }, { file }, unavailable, 'passphrase', /^the passphrase is not encrypted/],
      [
        { pkcs12: join(folder.path, 'no.p12.age') },
        { file },
        'client_certificate_missing_file',
        'pkcs12',
        /no\.p12\.age does not exist/,
      ],
    ]
    for (const [source, ageIdentity, code, part, message] of cases) {
      const { error, part: blamed } = await load(source, ageIdentity)
      assert.deepEqual([error?.code, blamed], [code, part], String(message))
      const said = `${error?.message} (${error?.hint})`
      assert.match(said, message)
      assert.doesNotMatch(said, /AGE-SECRET-KEY-1[A-Z0-9]/)
    }
  })

  test('comes into force when the identity file appears, and keeps its last good version when it goes', async () => {
    await using folder = await RegistryFolder.create()
    await folder.writePair('a', client)
    await folder.write('a.key.age', await encrypted(client.key()))
    await folder.writeRegistry('id: a, host: a.example, cert: a.crt, key: a.key.age')
    const file = join(folder.path, 'secrets/identity')
    const registry = await folder.open({ watch: true, ageIdentity: { file } })
    const select = () => registry.current.select('a.example', 443)
    assert.equal(registry.current.entries[0]?.error?.code, 'secret_unavailable')
    await folder.write('secrets/identity', own.key)
    await snapshotWhere(registry, ({ entries }) => entries[0]?.identity != null)
    const { identity } = select()
    assert.equal(identity?.facts.subject, 'CN=payments')
    await rm(file)
    await snapshotWhere(registry, ({ entries }) => entries[0]?.stale?.code === 'secret_unavailable')
    assert.equal(select().identity, identity)
  })
})
