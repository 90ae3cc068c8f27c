import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { main } from '../../src/cli/main.ts'
import { createAuthority } from '../support/certificates.ts'
import { TestIo } from '../support/io.ts'
import { RegistryFolder } from '../support/registry-folder.ts'

async function run(folder: RegistryFolder, stdin: string, ...args: string[]) {
  const io = new TestIo(folder.path)
  io.stdin.end(stdin)
  const status = await main(args, io)
  return { status, stdout: io.stdout.text, stderr: io.stderr.text }
}

const IDENTITY = /^# created: \d{4}-.*Z\n# public key: (age1[a-z0-9]{58})\nAGE-SECRET-KEY-1[A-Z0-9]{58}\n$/

/** A folder whose settings name an identity that `secrets keygen` made. */
async function withIdentity(): Promise<RegistryFolder> {
  const folder = await RegistryFolder.create()
  await folder.write('certhop.yaml', 'version: 1\nsecrets: { identity: { file: identity } }\n')
  const { status } = await run(folder, '', 'secrets', 'keygen', '--output', 'identity')
  assert.equal(status, 0)
  return folder
}

describe('secrets keygen', () => {
  test('prints an identity as age-keygen does, and its public key on stderr', async () => {
    await using folder = await RegistryFolder.create()
    const { status, stdout, stderr } = await run(folder, '', 'secrets', 'keygen')
    assert.equal(status, 0)
    const recipient = IDENTITY.exec(stdout)?.[1]
    assert.equal(stderr, `Public key: ${recipient}\n`)
  })

  test('writes it for its owner alone, and never over another one', async () => {
    await using folder = await withIdentity()
    const text = await folder.read('identity')
    assert.match(text, IDENTITY)
    assert.equal((await stat(join(folder.path, 'identity'))).mode & 0o777, 0o600)
    const { status, stdout, stderr } = await run(folder, '', 'secrets', 'keygen', '--output', 'identity')
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /identity exists, and stays: /)
    assert.equal(await folder.read('identity'), text)
  })
})

describe('secrets encrypt', () => {
  test('makes the line for the registry out of a passphrase on stdin, and `check` opens the key with it', async () => {
    await using folder = await withIdentity()
    const client = await (await createAuthority({ name: 'Root' })).client({ name: 'a' })
    await folder.writePair('a', client, 'hünter two')
    const { status, stdout, stderr } = await run(folder, 'hünter two\n', 'secrets', 'encrypt')
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /^passphrase: \{age: "[A-Za-z0-9+/=]+"\}\n$/)
    await folder.writeRegistry(`id: a, host: a.example, cert: a.crt, key: a.key, ${stdout.trim()}`)
    assert.deepEqual(await run(folder, '', 'check'), { status: 0, stdout: 'ok: 1 certificate\n', stderr: '' })
  })

  test('writes an encrypted file beside the one it is given, which stays, and never over another one', async () => {
    await using folder = await withIdentity()
    const client = await (await createAuthority({ name: 'Root' })).client({ name: 'a' })
    await folder.writePair('a', client)
    const { status, stdout, stderr } = await run(folder, '', 'secrets', 'encrypt', 'a.key')
    assert.deepEqual([status, stdout], [0, ''])
    assert.match(stderr, /^a\.key\.age is what the registry may name now; remove a\.key\.$/m)
    const encrypted = await folder.read('a.key.age')
    assert.match(encrypted, /^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    assert.equal((await stat(join(folder.path, 'a.key.age'))).mode & 0o777, 0o600)
    assert.equal(await folder.read('a.key'), client.key())
    await folder.writeRegistry('id: a, host: a.example, cert: a.crt, key: a.key.age')
    assert.equal((await run(folder, '', 'check')).status, 0)
    const again = await run(folder, '', 'secrets', 'encrypt', 'a.key')
    assert.equal(again.status, 1)
    assert.match(again.stderr, /a\.key\.age exists, and stays as it is/)
    assert.equal(await folder.read('a.key.age'), encrypted)
  })

  test('encrypts to a recipient that is named, without any identity', async () => {
    await using folder = await RegistryFolder.create()
    const { stdout: identity } = await run(folder, '', 'secrets', 'keygen')
    const recipient = IDENTITY.exec(identity)?.[1] ?? ''
    const { status, stdout } = await run(folder, 'x', 'secrets', 'encrypt', '--recipient', recipient)
    assert.equal(status, 0)
    assert.match(stdout, /^passphrase: /)
    for (const wrong of ['age1x', 'AGE-SECRET-KEY-1CANARY', '']) {
      const refused = await run(folder, 'x', 'secrets', 'encrypt', '--recipient', wrong)
      assert.deepEqual([refused.status, refused.stdout], [2, ''])
      assert.match(refused.stderr, /a recipient starts with age1/)
      assert.doesNotMatch(refused.stderr, /CANARY/)
    }
  })

  test('says how to get an identity when there is none, and refuses an empty value and a missing file', async () => {
    await using folder = await RegistryFolder.create()
    await folder.write('certhop.yaml', 'version: 1\nsecrets: { identity: { env: CERTHOP_TEST_NONE } }\n')
    const { status, stderr } = await run(folder, 'x', 'secrets', 'encrypt')
    assert.equal(status, 1)
    assert.match(stderr, /CERTHOP_TEST_NONE is not set .*`certhop secrets keygen` makes one/)
    await using other = await withIdentity()
    const empty = await run(other, '\n', 'secrets', 'encrypt')
    assert.deepEqual([empty.status, empty.stdout], [1, ''])
    assert.match((await run(other, '', 'secrets', 'encrypt', 'nowhere')).stderr, /nowhere does not exist/)
    assert.equal((await run(other, '', 'secrets', 'encrypt', 'a', 'b')).status, 2)
  })
})
