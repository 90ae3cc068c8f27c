import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CerthopError } from '../../src/core/errors.ts'
import { readCertificates } from '../../src/identity/certificates.ts'
import { inspectParts } from '../../src/identity/inspect.ts'
import { createAuthority } from '../support/certificates.ts'
import { damaged } from '../support/damage.ts'
import { certificateBag, keyBag, plainBundle } from '../support/pkcs12.ts'
import { trials } from '../support/property.ts'

const NO_AGE = { env: 'CERTHOP_AGE_IDENTITY' }
const root = await createAuthority({ name: 'Root' })
const intermediate = await root.intermediate({ name: 'Intermediate' })
const client = await intermediate.client({ name: 'payments' })

/** Ten characters of a key in PEM are sixty bits of it. */
function piecesOf(pem: string): string[] {
  return pem.split('\n').flatMap(line => (line.startsWith('-') ? [] : (line.match(/.{10}/g) ?? [])))
}

/** All that an error tells, its causes included. */
function toldBy(error: unknown): string {
  const told: string[] = []
  for (let each = error; each instanceof Error; each = each.cause)
    told.push(each.message, each instanceof CerthopError ? (each.hint ?? '') : '', each.stack ?? '')
  return told.join('\n')
}

describe('any file in place of a certificate or a key', () => {
  const secrets = piecesOf(client.key())
  const cert = damaged(client.chain, client.pem, client.chain + root.pem, client.x509.raw, client.key())
  const key = damaged(
    client.key(),
    client.key('secret'),
    client.key() + client.pem,
    client.pem,
    '-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n-----END EC PRIVATE KEY-----\n',
  )
  const bundle = damaged(plainBundle(keyBag(client.privateKey), certificateBag(client)))

  test('is taken or refused by an error of ours, which tells nothing of the key', async () => {
    await fc.assert(
      fc.asyncProperty(cert, key, fc.constantFrom(null, 'secret'), async (cert, key, passphrase) => {
        const { facts, faults, needsPassphrase } = await inspectParts(
          {
            cert: { path: 'cert.pem', content: cert },
            key: { path: 'key.pem', content: key },
            ca: { path: 'ca.pem', content: cert },
            passphrase,
          },
          NO_AGE,
        )
        assert.ok(facts !== null || faults.length > 0 || needsPassphrase)
        for (const { error } of faults) {
          assert.ok(error instanceof CerthopError)
          const told = toldBy(error)
          for (const piece of secrets) assert.ok(!told.includes(piece), told)
        }
      }),
      trials(60),
    )
  })

  test('and any bundle as well', async () => {
    await fc.assert(
      fc.asyncProperty(bundle, async content => {
        const parts = { pkcs12: { path: 'bundle.p12', content }, passphrase: null }
        const { facts, faults, needsPassphrase } = await inspectParts(parts, NO_AGE)
        assert.ok(facts !== null || faults.length > 0 || needsPassphrase)
        for (const { error } of faults) assert.ok(error instanceof CerthopError)
      }),
      trials(20),
    )
  })

  test('gives the certificates in it, in their order, whatever text stands between them', () => {
    const pems = [client, intermediate, root]
    const text = fc.stringMatching(/^[ -,.-~\n]{0,60}$/)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...pems), text), { minLength: 1, maxLength: 5 }),
        parts => {
          const file = parts.map(([{ pem }, comment]) => `${comment}\n${pem}`).join('')
          const read = readCertificates('a.pem', Buffer.from(file))
          assert.deepEqual(
            read.map(({ fingerprint256 }) => fingerprint256),
            parts.map(([{ x509 }]) => x509.fingerprint256),
          )
        },
      ),
      trials(100),
    )
  })
})
