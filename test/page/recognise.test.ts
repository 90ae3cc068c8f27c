import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { type Part, recognise } from '../../web/src/certificates/recognise.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { certificateBag, keyBag, plainBundle, streamedBundle } from '../support/pkcs12.ts'

let authority: Certificate
let client: Certificate
before(async () => {
  authority = await createAuthority({ name: 'Root' })
  client = await authority.client({ name: 'checks' })
})

/** Each part that was found, and whether it is encrypted. */
function found(content: string | Uint8Array): [Part, boolean][] {
  const recognised = recognise(Buffer.from(content))
  assert('pieces' in recognised, JSON.stringify(recognised))
  return recognised.pieces.map(({ part, isEncrypted }) => [part, isEncrypted])
}

function complaint(content: string | Uint8Array): string {
  const recognised = recognise(Buffer.from(content))
  assert('message' in recognised)
  return `${recognised.message} ${recognised.hint}`
}

describe('a file of a new certificate is recognised by its content', () => {
  test('PEM: the certificate, its key, an authority', () => {
    assert.deepEqual(found(client.pem), [['cert', false]])
    assert.deepEqual(found(client.key()), [['key', false]])
    assert.deepEqual(found(client.key('secret')), [['key', true]])
    assert.deepEqual(found(authority.pem), [['ca', false]])
  })

  test('PEM with several things in it', () => {
    assert.deepEqual(found(client.key() + client.pem + authority.pem), [
      ['cert', false],
      ['key', false],
    ])
    assert.deepEqual(found(authority.pem + client.pem), [['cert', false]])
    assert.deepEqual(found(authority.key() + authority.pem), [
      ['cert', false],
      ['key', false],
    ])
    assert.deepEqual(found(`Bag Attributes\n  friendlyName: checks\n${client.pem}`), [['cert', false]])
  })

  test('keys in the older forms of PEM, encrypted or not', async () => {
    const rsa = await authority.client({ name: 'rsa', keyType: 'RSA-2048' })
    const pkcs1 = (options = {}) =>
      rsa.privateKey.export({ type: 'pkcs1', format: 'pem', ...options }).toString()
    assert.deepEqual(found(pkcs1()), [['key', false]])
    assert.deepEqual(found(pkcs1({ cipher: 'aes-128-cbc', passphrase: 'secret' })), [['key', true]])
    const sec1 = client.privateKey.export({ type: 'sec1', format: 'pem' }).toString()
    assert.deepEqual(
      found(`-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}`),
      [['key', false]],
    )
  })

  test('DER becomes the same PEM', async () => {
    const rsa = await authority.client({ name: 'rsa', keyType: 'RSA-2048' })
    const ed25519 = await authority.client({ name: 'ed25519', keyType: 'Ed25519' })
    const encrypted = { cipher: 'aes-256-cbc', passphrase: 'secret' }
    const der = (key: Certificate, type: 'pkcs8' | 'pkcs1' | 'sec1', more = {}) =>
      key.privateKey.export({ type: type as 'pkcs8', format: 'der', ...more })
    const pem = (key: Certificate, type: 'pkcs8' | 'pkcs1' | 'sec1') =>
      key.privateKey.export({ type: type as 'pkcs8', format: 'pem' })
    for (const [key, type] of [
      [client, 'pkcs8'],
      [client, 'sec1'],
      [rsa, 'pkcs8'],
      [rsa, 'pkcs1'],
      [ed25519, 'pkcs8'],
    ] as const) {
      const recognised = recognise(der(key, type))
      assert.deepEqual(recognised, { pieces: [{ part: 'key', content: pem(key, type), isEncrypted: false }] })
    }
    assert.deepEqual(found(der(client, 'pkcs8', encrypted)), [['key', true]])
    assert.deepEqual(found(client.x509.raw), [['cert', false]])
    assert.deepEqual(found(authority.x509.raw), [['ca', false]])
  })

  test('a PKCS#12 bundle, of definite and of indefinite lengths', () => {
    const bags = [keyBag(client.privateKey), certificateBag(client)]
    for (const bundle of [plainBundle(...bags), streamedBundle(...bags)]) {
      assert.deepEqual(recognise(bundle), {
        pieces: [{ part: 'pkcs12', content: bundle.toString('base64'), isEncrypted: true }],
      })
    }
  })

  test('what is of no use, with what to do about it', () => {
    assert.match(complaint(''), /empty/)
    assert.match(complaint('age-encryption.org/v1\n-> X25519 …'), /certhop add/)
    assert.match(
      complaint('-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n'),
      /certhop add/,
    )
    assert.match(complaint(Uint8Array.of(0xfe, 0xed, 0xfe, 0xed, 0, 0)), /keytool/)
    assert.match(
      complaint(client.x509.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
      /public key/,
    )
    assert.match(complaint('a picture'), /neither a certificate nor a key/)
  })
})
