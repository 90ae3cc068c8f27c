import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { connect, type TlsOptions } from 'node:tls'
import fc from 'fast-check'
import { nameText } from '../../src/diagnosis/distinguished-names.ts'
import { readServerFlight, type ServerFlight } from '../../src/diagnosis/server-flight.ts'
import { WatchedHandshake } from '../../src/diagnosis/watched-handshake.ts'
import { createAuthority } from '../support/certificates.ts'
import { MINTED } from '../support/path.ts'
import { trials } from '../support/property.ts'
import { startRawServer } from '../support/servers.ts'

const { authority, server: certificate } = MINTED
const second = await createAuthority({ name: 'Zweite Autorität', organization: 'Example' })

/** Their names are longer than a record may be, which is 16 KiB. */
const MANY = await Promise.all(
  Array.from({ length: 130 }, (_, index) =>
    createAuthority({ name: `${index}-`.padEnd(63, 'x'), organization: 'y'.repeat(64) }),
  ),
)

/** A client that trusts anybody and has no certificate shakes hands with a server. */
async function watch(test: TestContext, options: TlsOptions): Promise<ServerFlight> {
  const { port } = await startRawServer(test, { certificate, options })
  const tcp = connectTcp(port, '127.0.0.1')
  await once(tcp, 'connect')
  const handshake = new WatchedHandshake(tcp)
  const client = connect({ socket: handshake.socket, servername: 'api.test', rejectUnauthorized: false })
  handshake.follow(client)
  await once(client, 'secureConnect')
  client.destroy()
  return handshake.flight
}

const DEMAND = { requestCert: true, rejectUnauthorized: false }

const VERSIONS: [name: string, options: TlsOptions][] = [
  ['TLSv1.2', { maxVersion: 'TLSv1.2' }],
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'].map(
    (ciphers): [string, TlsOptions] => ['TLSv1.3', { minVersion: 'TLSv1.3', ciphers }],
  ),
  // The client's first key share is for another group, and it has to say hello again.
  ['TLSv1.3', { minVersion: 'TLSv1.3', ecdhCurve: 'P-521' }],
]

for (const [version, options] of VERSIONS) {
  describe(`the handshake of a server (${JSON.stringify(options)})`, () => {
    test('tells its version, its certificate, and that it asked for none', async t => {
      const flight = await watch(t, options)
      assert.equal(flight.version, version)
      assert.deepEqual(flight.certificates.map(String), [certificate.x509.toString()])
      assert.equal(flight.authorities, null)
    })

    test('tells the authorities that it named, in order', async t => {
      const flight = await watch(t, { ...options, ...DEMAND, ca: [second.pem, authority.pem] })
      assert.deepEqual(flight.authorities?.map(nameText), [
        'O=Example, CN=Zweite Autorität',
        'CN=Test authority',
      ])
    })

    test('tells many authorities, which take more than one record', async t => {
      const flight = await watch(t, { ...options, ...DEMAND, ca: MANY.map(({ pem }) => pem) })
      assert.equal(flight.authorities?.length, MANY.length)
    })

    test('tells that any authority will do', async t => {
      assert.deepEqual((await watch(t, { ...options, ...DEMAND, ca: [] })).authorities, [])
    })
  })
}

describe('the reading of what is no handshake', () => {
  /** A record of TLS 1.2 with a ServerHello and the start of what may follow. */
  const hello = Buffer.from(`0303${'00'.repeat(32)}00c02b00`, 'hex')
  const messageOf = (type: number, content: Buffer) =>
    Buffer.concat([Buffer.of(type, 0, content.length >> 8, content.length & 0xff), content])
  const recordOf = (content: Buffer) =>
    Buffer.concat([Buffer.of(22, 3, 3, content.length >> 8, content.length & 0xff), content])

  test('never throws, whatever the octets are', () => {
    const anything = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(anything, octets => void readServerFlight(Buffer.from(octets), Buffer.alloc(32))),
      trials(2000),
    )
    const type = fc.constantFrom(2, 11, 13, 14, 15)
    fc.assert(
      fc.property(type, anything, fc.boolean(), (type, octets, begun) => {
        const message = messageOf(type, Buffer.from(octets))
        const handshake = begun ? Buffer.concat([messageOf(2, hello), message]) : message
        readServerFlight(recordOf(handshake), null)
      }),
      trials(2000),
    )
  })

  test('tells nothing that did not come', () => {
    const nothing = { version: null, certificates: [], authorities: undefined }
    for (const octets of [
      Buffer.alloc(0),
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
      Buffer.of(21, 3, 3, 0, 2, 2, 40),
    ]) {
      const { version, certificates, authorities } = readServerFlight(octets, null)
      assert.deepEqual({ version, certificates, authorities }, nothing)
    }
    const begun = readServerFlight(recordOf(messageOf(2, hello)), null)
    assert.equal(begun.version, 'TLSv1.2')
    assert.equal(begun.authorities, undefined)
  })
})
