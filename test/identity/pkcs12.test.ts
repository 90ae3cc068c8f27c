import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { ErrorCode } from '../../src/core/errors.ts'
import { IdentityLoader, type LoadedIdentity } from '../../src/identity/load.ts'
import { openBundle } from '../../src/identity/pkcs12.ts'
import type { SourcePart } from '../../src/identity/source.ts'
import { DEFAULT_TLS_POLICY } from '../../src/identity/tls-policy.ts'
import { unpack } from '../../src/identity/unpack.ts'
import { FileStates } from '../../src/registry/file-states.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import {
  certificateBag,
  encryptedKeyBag,
  keyBag,
  lockedBag,
  nestedBag,
  opensslBundle,
  plainBundle,
  streamedBundle,
} from '../support/pkcs12.ts'
import { trials } from '../support/property.ts'

const LEGACY = ['-provider', 'legacy', '-provider', 'default']
const PROTECTIONS: Readonly<Record<string, string[]>> = {
  'AES-256 and SHA-256': [],
  'AES-128 and SHA-512': ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC', '-macalg', 'sha512'],
  'no MAC': ['-nomac'],
  '3DES and SHA-1': ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
  'two keys of 3DES': ['-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-2DES', ...LEGACY],
  'RC2 with 40 bits': ['-legacy'],
  'RC2 with 128 bits': ['-keypbe', 'PBE-SHA1-RC2-128', '-certpbe', 'PBE-SHA1-RC2-128', ...LEGACY],
}

describe('a PKCS#12 bundle', () => {
  let folder: string
  let root: Certificate
  let intermediate: Certificate
  let client: Certificate
  let rsa: Certificate
  let loader: IdentityLoader
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-bundle-'))
    root = await createAuthority({ name: 'Root' })
    intermediate = await root.intermediate({ name: 'Intermediate' })
    client = await intermediate.client({ name: 'payments' })
    rsa = await intermediate.client({ name: 'rsa', keyType: 'RSA-2048' })
    loader = new IdentityLoader(new FileStates(join(folder, 'registry.yaml')), {
      env: 'CERTHOP_AGE_IDENTITY',
    })
  })
  after(async () => {
    await loader.close()
    await rm(folder, { recursive: true })
  })

  async function load(bundle: Buffer, passphrase?: string): Promise<LoadedIdentity> {
    const pkcs12 = join(folder, 'bundle.p12')
    await writeFile(pkcs12, bundle)
    const value = passphrase === undefined ? null : ({ kind: 'plain', value: passphrase } as const)
    return loader.load('payments', {
      ...{ pkcs12, passphrase: value, ca: null, systemRoots: false },
      tls: DEFAULT_TLS_POLICY,
    })
  }

  async function accepted(bundle: Buffer, passphrase?: string): Promise<LoadedIdentity> {
    const loaded = await load(bundle, passphrase)
    assert.equal(loaded.error, null)
    assert(loaded.identity?.secureContext)
    return loaded
  }

  async function refused(
    code: ErrorCode,
    part: SourcePart,
    message: RegExp,
    bundle: Buffer,
    passphrase?: string,
  ): Promise<void> {
    const { error, part: blamed } = await load(bundle, passphrase)
    assert.deepEqual([error?.code, blamed], [code, part])
    assert.match(`${error?.message} (${error?.hint})`, message)
  }

  for (const [protection, args] of Object.entries(PROTECTIONS)) {
    test(`opens with its passphrase and with no other: ${protection}`, async () => {
      for (const certificate of [client, rsa]) {
        const bundle = await opensslBundle(certificate, 'opensésame', { args, others: intermediate.pem })
        const { facts } = await accepted(bundle, 'opensésame')
        assert.equal(facts?.serialNumber, certificate.x509.serialNumber)
        const wrong = 'passphrase_wrong'
        await refused(wrong, 'passphrase', /^(?!.*hunter2).*does not open/s, bundle, 'hunter2')
        await refused(wrong, 'passphrase', /does not open/, bundle, '')
        await refused(wrong, 'pkcs12', /no passphrase \(add `passphrase/, bundle)
      }
    })
  }

  test('loads the library for old ciphers with the first old bundle, and not before', async () => {
    const isLoaded = () =>
      Object.keys(createRequire(import.meta.url).cache).some(path => path.includes('node-forge'))
    const open = (bundle: Uint8Array) => openBundle({ path: '', bundle, passphrase: 'x' })
    assert(!('fault' in (await open(await opensslBundle(rsa, 'x')))))
    assert.equal(isLoaded(), false)
    assert(!('fault' in (await open(await opensslBundle(rsa, 'x', { args: ['-legacy'] })))))
    assert.equal(isLoaded(), true)
  })

  test('without a passphrase and with an empty one opens without one and with an empty one', async () => {
    const unprotected = ['-keypbe', 'NONE', '-certpbe', 'NONE', '-nomac']
    for (const args of [[], ['-legacy'], ['-nomac'], unprotected]) {
      const bundle = await opensslBundle(client, '', { args })
      await accepted(bundle)
      await accepted(bundle, '')
    }
    await accepted(await opensslBundle(client, 'ignored', { args: unprotected }), 'another')
    await refused('passphrase_wrong', 'passphrase', /does not open/, await opensslBundle(client, ''), 'x')
  })

  test('is presented leaf first, with its issuers and nothing else, whatever its order', async () => {
    const stranger = await createAuthority({ name: 'Stranger' })
    for (const members of [
      [client, intermediate, root],
      [root, stranger, intermediate, client],
    ]) {
      const bundle = plainBundle(...members.map(certificateBag), keyBag(client.privateKey))
      const { facts } = await accepted(bundle)
      assert.equal(facts?.subject, 'CN=payments')
      const opened = await openBundle({ path: '', bundle, passphrase: null })
      assert(!('fault' in opened))
      const subjects = unpack('', opened).chain.map(({ subject }) => subject)
      assert.deepEqual(subjects, ['CN=payments', 'CN=Intermediate', 'CN=Root'])
    }
  })

  test('opens as streaming encoders write it, and with bags in bags', async () => {
    await accepted(streamedBundle(keyBag(client.privateKey), certificateBag(client)))
    await accepted(plainBundle(nestedBag(keyBag(client.privateKey), nestedBag(certificateBag(client)))))
  })

  test('with several keys is refused with the names of all, and how to choose one', async () => {
    const bags = [keyBag(client.privateKey, 'Zahlungen'), keyBag(rsa.privateKey), certificateBag(client)]
    await refused(
      'client_certificate_invalid',
      'pkcs12',
      /holds 2 private keys: "Zahlungen" of CN=payments; one without a name without a certificate \(choose one: .*openssl pkcs12/,
      plainBundle(...bags),
    )
  })

  test('that lacks one half, or whose halves do not fit, is refused', async () => {
    const invalid = 'client_certificate_invalid'
    await refused(invalid, 'pkcs12', /holds no private key/, plainBundle(certificateBag(client)))
    await refused(invalid, 'pkcs12', /holds no certificate/, plainBundle(keyBag(client.privateKey)))
    const mixed = plainBundle(keyBag(client.privateKey), certificateBag(rsa), certificateBag(intermediate))
    await refused('client_key_mismatch', 'pkcs12', /does not belong to any certificate/, mixed)
  })

  test('that is something else, cut off, or asks for endless work is refused at once', async () => {
    const invalid = 'client_certificate_invalid'
    const bundle = await opensslBundle(client, 'x')
    await refused(invalid, 'pkcs12', /no PKCS#12 file, or a damaged one/, Buffer.from('hello'), 'x')
    await refused(invalid, 'pkcs12', /damaged/, Buffer.alloc(0), 'x')
    await refused(invalid, 'pkcs12', /damaged/, bundle.subarray(0, 500), 'x')
    await refused(invalid, 'pkcs12', /it is PEM: name it under `cert`/, Buffer.from(client.key()), 'x')
    await refused(invalid, 'pkcs12', /damaged/, client.x509.raw, 'x')
    // The MAC's iterations stand at the very end; these take as many bytes as the largest number that is tried here.
    const endless = await opensslBundle(client, 'x', { args: ['-iter', '70000'] })
    assert.deepEqual(endless.subarray(-5, -3), Buffer.from([0x02, 0x03]))
    endless.fill(0x7f, endless.length - 3)
    await refused(invalid, 'pkcs12', /not supported \(8355711 iterations\)/, endless, 'x')
    // Each part is let through by itself.
    const together = plainBundle(encryptedKeyBag(client.privateKey, 'x'), lockedBag(4_999_999))
    await refused(invalid, 'pkcs12', /not supported \(4999999 iterations\)/, together, 'x')
  })

  test('never fails in another way, whatever is changed in it', async () => {
    const bundles = [
      await opensslBundle(client, 'x', { args: ['-iter', '1'] }),
      await opensslBundle(client, 'x', { args: ['-iter', '1', '-nomac'] }),
      streamedBundle(keyBag(client.privateKey), certificateBag(client)),
    ]
    const change = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.option(fc.nat()) })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...bundles),
        fc.array(change, { minLength: 1 }),
        async (bundle, changes) => {
          let bytes = Buffer.from(bundle)
          for (const { at, to, cut } of changes) {
            bytes[at % bytes.length] = to
            if (cut !== null) bytes = bytes.subarray(0, 1 + (cut % bytes.length))
          }
          const opened = await openBundle({ path: '', bundle: bytes, passphrase: 'x' })
          assert('fault' in opened || opened.keys.length >= 0)
        },
      ),
      trials(2000),
    )
  })
})
