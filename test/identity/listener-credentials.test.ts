import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  InvalidListenerCredentials,
  readListenerCredentials,
} from '../../src/identity/listener-credentials.ts'
import { createAuthority } from '../support/certificates.ts'

describe('the files of an https:// proxy', () => {
  let folder: string
  const file = (name: string) => join(folder, name)
  const files = (names: { cert?: string; key?: string; clientCa?: string } = {}) => ({
    cert: file(names.cert ?? 'proxy.crt'),
    key: file(names.key ?? 'proxy.key'),
    clientCa: names.clientCa === undefined ? null : file(names.clientCa),
  })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-listener-'))
    const write = (name: string, text: string, mode = 0o600) => writeFile(file(name), text, { mode })
    const root = await createAuthority({ name: 'Root' })
    const issuer = await root.intermediate({ name: 'Issuer' })
    const proxy = await issuer.server({ name: 'proxy.test' })
    await write('root.crt', root.pem)
    await write('authorities.crt', root.pem + issuer.pem)
    await write('proxy.crt', proxy.chain)
    await write('disordered.crt', issuer.pem + proxy.pem)
    await write('proxy.key', proxy.key())
    await write('open.key', proxy.key(), 0o644)
    await write('encrypted.key', proxy.key('hunter2'))
    await write('other.key', (await root.server({ name: 'other.test' })).key())
    await write('empty', '')
    await write('text', 'hunter2')
  })
  after(() => rm(folder, { recursive: true }))

  test('are read, the chain in the order of TLS', () => {
    const { cert, ca, keyExposed } = readListenerCredentials(files())
    assert.deepEqual([cert.match(/BEGIN/g)?.length, ca, keyExposed], [2, null, false])
    assert.equal(readListenerCredentials(files({ cert: 'disordered.crt' })).cert, cert)
    assert.equal(readListenerCredentials(files({ clientCa: 'authorities.crt' })).ca?.length, 2)
    assert.equal(readListenerCredentials(files({ key: 'open.key' })).keyExposed, true)
  })

  const FAULTS: [Parameters<typeof files>[0], RegExp][] = [
    [{ cert: 'none' }, /none does not exist/],
    [{ key: 'none' }, /none does not exist/],
    [{ clientCa: 'none' }, /none does not exist/],
    [{ cert: 'empty' }, /empty holds no certificate/],
    [{ clientCa: 'text' }, /text holds no certificate/],
    [{ clientCa: 'proxy.key' }, /proxy\.key holds no certificate/],
    [{ key: 'text' }, /text holds no private key/],
    [{ key: 'proxy.crt' }, /proxy\.crt holds no private key/],
    [{ key: 'other.key' }, /the key does not belong to any certificate/],
    [{ key: 'encrypted.key' }, /the key in .*encrypted\.key is encrypted/],
  ]
  for (const [names, message] of FAULTS) {
    test(`are refused: ${JSON.stringify(names)}`, () => {
      assert.throws(
        () => readListenerCredentials(files(names)),
        error => {
          assert(error instanceof InvalidListenerCredentials)
          assert.match(error.message, /^listen\.tls: /)
          assert.match(error.message, message)
          assert.doesNotMatch(error.message + error.hint, /hunter2/)
          return true
        },
      )
    })
  }
})
