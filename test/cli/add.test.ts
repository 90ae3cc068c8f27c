import assert from 'node:assert/strict'
import { afterEach, before, beforeEach, describe, test } from 'node:test'
import { newAgeIdentity } from '../../src/identity/age.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { opensslBundle } from '../support/pkcs12.ts'
import { RegistryCommands } from '../support/registry-commands.ts'

describe('certhop add', () => {
  let root: Certificate
  let client: Certificate
  let certhop: RegistryCommands

  before(async () => {
    root = await createAuthority({ name: 'Root' })
    client = await root.client({ name: 'client' })
  })
  beforeEach(async () => {
    certhop = await RegistryCommands.create(client)
  })
  afterEach(() => certhop[Symbol.asyncDispose]())

  test('prints the id, and what it means for the others on stderr', async () => {
    const first = await certhop.add('*.example', 'client.key')
    assert.deepEqual(first, { status: 0, stdout: 'example\n', stderr: '' })
    const second = await certhop.add('api.example', 'client.key', '--id', 'api', '--port', '8443')
    assert.equal(second.stdout, 'api\n')
    assert.equal(
      second.stderr,
      'certhop: `api` wins over `example` (*.example) where both match: a wildcard; `api` names the host in full\n',
    )
    assert.match(await certhop.text(), /- id: api\n {4}host: api\.example\n {4}port: 8443\n/)
  })

  test('takes several hosts', async () => {
    await certhop.add('a.example', 'client.key', '--host', '*.b.example')
    assert.match(await certhop.text(), /host: \[a\.example, "\*\.b\.example"\]/)
  })

  test('--json prints the certificate as list does', async () => {
    await certhop.folder.write('ca.crt', root.pem)
    const { stdout } = await certhop.add('a.example', 'client.key', '--ca', 'ca.crt', '--json')
    const { certificates } = JSON.parse((await certhop.run('list', '--json')).stdout)
    assert.deepEqual(JSON.parse(stdout), certificates[0])
  })

  test('asks for a passphrase on a terminal, and never shows it', async () => {
    certhop.typed = 'sesame\r'
    const { status, stdout, stderr } = await certhop.add('a.example', 'locked.key')
    assert.equal(status, 0, stderr)
    assert.equal(stderr, 'Passphrase of locked.key: \n')
    assert.equal(stdout, 'a.example\n')
    assert.equal(await certhop.folder.read('certs/a.example/passphrase'), 'sesame\n')
    assert.doesNotMatch(await certhop.text(), /sesame/)
  })

  test('a passphrase that is not given after all leaves everything as it was', async () => {
    certhop.typed = '\u0003'
    const { status, stderr } = await certhop.add('a.example', 'locked.key')
    assert.equal(status, 2)
    assert.match(stderr, /is encrypted/)
    await assert.rejects(certhop.text())
  })

  test('reads a passphrase from stdin or a file, without its line break', async () => {
    certhop.input = 'sesame\n'
    assert.equal((await certhop.add('a.example', 'locked.key', '--passphrase-file', '-')).status, 0)
    await certhop.folder.write('secret', 'sesame\r\n')
    assert.equal((await certhop.add('b.example', 'locked.key', '--passphrase-file', 'secret')).status, 0)
    assert.equal((await certhop.run('check')).stdout, 'ok: 2 certificates\n')
  })

  test('refers to a variable by its name', async t => {
    process.env['CERTHOP_TEST_ADD_CLI'] = 'sesame'
    t.after(() => delete process.env['CERTHOP_TEST_ADD_CLI'])
    await certhop.add('a.example', 'locked.key', '--passphrase-env', 'CERTHOP_TEST_ADD_CLI')
    assert.match(await certhop.text(), /passphrase: \{env: CERTHOP_TEST_ADD_CLI\}/)
  })

  test('takes a PKCS#12 bundle, and asks for its passphrase', async () => {
    await certhop.folder.write('b.p12', await opensslBundle(client, 'sesame'))
    certhop.typed = 'sesame\r'
    const { status, stderr } = await certhop.run(
      'add',
      '--host',
      'a.example',
      '--pkcs12',
      'b.p12',
      '--group',
      'x+y',
    )
    assert.deepEqual([status, stderr], [0, 'Passphrase of b.p12: \n'])
    assert.match(await certhop.text(), /pkcs12: certs\/a\.example\/bundle\.p12\n.*\n {4}groups: \[x, y\]\n/)
    assert.equal((await certhop.run('check')).stdout, 'ok: 1 certificate\n')
  })

  test('encrypts the passphrase to the age identity of the settings', async () => {
    await certhop.folder.write('identity', (await newAgeIdentity()).key)
    const settings = 'version: 1\nregistry: registry.yaml\nsecrets: { identity: { file: identity } }\n'
    await certhop.folder.write('certhop.yaml', settings)
    certhop.input = 'sesame\n'
    const { status, stderr } = await certhop.add('a.example', 'locked.key', '--passphrase-file', '-')
    assert.equal(status, 0, stderr)
    assert.match(await certhop.text(), /passphrase: \{age: /)
    assert.equal((await certhop.run('check')).stdout, 'ok: 1 certificate\n')
  })

  test('says when a certificate is not valid yet', async () => {
    const notBefore = new Date(Date.now() + 86_400_000)
    await certhop.folder.writePair('client', await root.client({ name: 'early', notBefore }))
    const { status, stderr } = await certhop.add('a.example', 'client.key')
    assert.equal(status, 0)
    assert.match(stderr, /`a\.example` is not valid before \d{4}-.*Z, and waits until then/)
  })

  const wrong: Record<string, [args: string[], status: number, message: RegExp]> = {
    'no host': [['--cert', 'client.crt', '--key', 'client.key'], 2, /with --host PATTERN/],
    'no certificate': [['--host', 'a'], 2, /--cert FILE and --key FILE, or --pkcs12 FILE/],
    'a pattern with a port': [
      ['--host', 'a:8443', '--cert', 'client.crt', '--key', 'client.key'],
      2,
      /holds a port \(.*`port: 8443`\)/,
    ],
    'a port that is none': [['--host', 'a', '--port', '0'], 2, /from 1 to 65535/],
    'two passphrases': [
      ['--host', 'a', '--cert', 'c', '--key', 'k', '--passphrase-file', 'x', '--passphrase-env', 'X'],
      2,
      /exclude each other/,
    ],
    'a file that is not there': [
      ['--host', 'a', '--cert', 'missing.crt', '--key', 'client.key'],
      2,
      /missing\.crt does not exist/,
    ],
    'a key of another certificate': [
      ['--host', 'a', '--cert', 'other.crt', '--key', 'client.key'],
      1,
      /the key does not belong to the certificate in .*other\.crt \(/,
    ],
    'an encrypted key and nobody to ask': [
      ['--host', 'a', '--cert', 'client.crt', '--key', 'locked.key'],
      2,
      /is encrypted \(.*--passphrase-file/,
    ],
    'a wrong passphrase': [
      ['--host', 'a', '--cert', 'client.crt', '--key', 'locked.key', '--passphrase-file', 'client.crt'],
      1,
      /the passphrase does not open the key/,
    ],
    'a passphrase as an argument': [['--host', 'a', '--passphrase', 'x'], 2, /unknown option '--passphrase'/],
  }
  for (const [what, [args, status, message]] of Object.entries(wrong)) {
    test(`${what} is refused`, async () => {
      await certhop.folder.writePair('other', await root.client({ name: 'other' }))
      const outcome = await certhop.run('add', ...args)
      assert.equal(outcome.status, status, outcome.stderr)
      assert.equal(outcome.stdout, '')
      assert.match(outcome.stderr, message)
      await assert.rejects(certhop.text())
    })
  }

  test('a registry that is broken already is refused with its problems', async () => {
    await certhop.folder.write('registry.yaml', 'version: 2\n')
    const { status, stderr } = await certhop.add('a', 'client.key')
    assert.equal(status, 2)
    assert.match(stderr, /registry\.yaml:1:10: `version` must be `1`/)
  })
})
