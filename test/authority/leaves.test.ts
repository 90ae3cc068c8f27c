import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { after, before, describe, test } from 'node:test'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { Authority } from '../../src/authority/authority.ts'
import { handshake } from '../support/handshake.ts'
import { StateDirectory } from '../support/state-directory.ts'

const DAY = 86_400_000

const HOSTS = [
  'api.example.test',
  'localhost',
  'under_score.example.test',
  'xn--bcher-kva.example',
  `${'a'.repeat(50)}.example.test`,
  `${'a'.repeat(51)}.example.test`,
  `${'a'.repeat(52)}.example.test`,
  `${`${'b'.repeat(49)}.`.repeat(5)}tes`,
  '127.0.0.1',
  '255.0.255.1',
  '::',
  '::1',
  'fe80::1',
  '2001:db8::1:0:0:1',
  '2001:db8:1:2:3:4:5:6',
  '::ffff:7f00:1',
  '1::',
]

describe('a leaf', () => {
  let state: StateDirectory
  let authority: Authority
  let ca: string
  before(async () => {
    state = await StateDirectory.create()
    authority = await state.open()
    ca = readFileSync(authority.files.certificate, 'utf8')
  })
  after(() => state[Symbol.asyncDispose]())

  async function leafFor(host: string): Promise<x509.X509Certificate> {
    const { certificate } = await handshake(await authority.contextFor(host), host, { ca })
    assert(certificate)
    return new x509.X509Certificate(new Uint8Array(certificate.raw))
  }

  for (const host of HOSTS) {
    test(`for ${host} is trusted by a runner that trusts ca.pem, and for that host alone`, async () => {
      const secureContext = await authority.contextFor(host)
      assert.equal((await handshake(secureContext, host, { ca })).trusted, true)
      assert.equal((await handshake(secureContext, 'other.example.test', { ca })).trusted, false)
      assert.equal((await handshake(secureContext, '127.0.0.9', { ca })).trusted, false)
      assert.equal((await handshake(secureContext, host)).trusted, false, 'without ca.pem')
    })
  }

  test('may authenticate a server, and nothing else', async () => {
    const leaf = await leafFor('api.example.test')
    assert.equal(leaf.getExtension(x509.BasicConstraintsExtension)?.ca, false)
    const usage = leaf.getExtension(x509.KeyUsagesExtension)
    assert.deepEqual([usage?.critical, usage?.usages], [true, x509.KeyUsageFlags.digitalSignature])
    const extended = leaf.getExtension(x509.ExtendedKeyUsageExtension)
    assert.deepEqual([...(extended?.usages ?? [])], [x509.ExtendedKeyUsage.serverAuth])
  })

  test('is on P-256 and names the key that signed it', async () => {
    const leaf = await leafFor('api.example.test')
    assert.deepEqual(leaf.publicKey.algorithm, { name: 'ECDSA', namedCurve: 'P-256' })
    const root = new x509.X509Certificate(ca)
    const identifier = root.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId
    assert.match(identifier ?? '', /^[0-9a-f]{40}$/)
    assert.equal(leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId, identifier)
  })

  test('is valid for a clock that is an hour behind, and for 90 days at most', async () => {
    const { notBefore, notAfter } = await leafFor('api.example.test')
    assert(notBefore.getTime() <= Date.now() - 3_600_000)
    assert(notAfter.getTime() > Date.now() + 89 * DAY)
    assert(notAfter.getTime() - notBefore.getTime() <= 90 * DAY)
  })

  test('has its host as common name where that fits, and otherwise a critical alternative name alone', async () => {
    const fits = await leafFor(`${'a'.repeat(51)}.example.test`)
    assert.equal(fits.subject, `CN=${'a'.repeat(51)}.example.test`)
    assert.equal(fits.getExtension(x509.SubjectAlternativeNameExtension)?.critical, false)
    const long = await leafFor(`${'a'.repeat(52)}.example.test`)
    assert.equal(long.subject, '')
    assert.equal(long.getExtension(x509.SubjectAlternativeNameExtension)?.critical, true)
  })

  test('has a positive serial number that no other has', async () => {
    const serials = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (await leafFor(`host-${index}.test`)).serialNumber),
    )
    assert.equal(new Set(serials).size, 50)
    for (const serial of serials) assert.match(serial, /^[4-7][0-9a-f]{31}$/)
  })

  test('is made once, however many runners ask for its host at a time', async () => {
    const contexts = await Promise.all(Array.from({ length: 20 }, () => authority.contextFor('once.test')))
    assert.equal(new Set(contexts).size, 1)
    assert.equal(await authority.contextFor('once.test'), contexts[0])
  })

  test('is forgotten when a thousand other hosts were asked for since, and made anew', async () => {
    const first = await authority.contextFor('first.test')
    for (let index = 0; index < 400; index++) await authority.contextFor(`few-${index}.test`)
    assert.equal(await authority.contextFor('first.test'), first)
    for (let index = 0; index < 1000; index++) await authority.contextFor(`many-${index}.test`)
    assert.notEqual(await authority.contextFor('first.test'), first)
  })

  test('for each of a thousand hosts at once leaves the event loop free in between', async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    let turns = 0
    let minting = true
    const turn = () => {
      turns++
      if (minting) setImmediate(turn)
    }
    setImmediate(turn)
    delay.enable()
    await Promise.all(Array.from({ length: 1000 }, (_, index) => authority.contextFor(`burst-${index}.test`)))
    delay.disable()
    minting = false
    assert(turns >= 1000, `${turns} turns`)
    assert(delay.percentile(90) < 50e6, `${delay.percentile(90) / 1e6} ms`)
  })
})
