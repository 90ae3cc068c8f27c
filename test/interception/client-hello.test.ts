import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CerthopError } from '../../src/core/errors.ts'
import { readClientHello } from '../../src/proxy/client-hello.ts'
import { clientHello } from '../support/client-hello.ts'
import { trials } from '../support/property.ts'

const MAX = 65_536
const HELLO = await clientHello('api.test')
const MESSAGE = HELLO.subarray(5)

/** The same message in records whose lengths are those of `sizes`, in turn. */
function inRecords(sizes: readonly number[]): Buffer {
  const records: Buffer[] = []
  for (let start = 0, index = 0; start < MESSAGE.length; index += 1) {
    const fragment = MESSAGE.subarray(start, start + (sizes[index % sizes.length] ?? 1))
    records.push(Buffer.from([0x16, 3, 1, fragment.length >> 8, fragment.length & 0xff]), fragment)
    start += fragment.length
  }
  return Buffer.concat(records)
}

const cuts = fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 20 })

describe('The ClientHello', () => {
  test('says the same however it is cut into records, and nothing before it is whole', () => {
    fc.assert(
      fc.property(cuts, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (sizes, share) => {
        const bytes = inRecords(sizes)
        assert.deepEqual(readClientHello(bytes, MAX), { serverName: 'api.test', protocols: [] })
        assert.equal(readClientHello(bytes.subarray(0, Math.floor(share * bytes.length)), MAX), null)
      }),
      trials(300),
    )
  })

  test('is understood, waited for or refused, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(tail => Buffer.concat([Buffer.from([0x16]), tail])),
      fc
        .tuple(fc.nat(HELLO.length - 1), fc.nat(255))
        .map(([at, octet]) => Buffer.from(HELLO).fill(octet, at, at + 1)),
    )
    fc.assert(
      fc.property(bytes, hostile => {
        try {
          const hello = readClientHello(hostile, MAX)
          if (hello !== null) assert.ok(hello.serverName === null || hello.serverName.length > 0)
        } catch (error) {
          assert.ok(error instanceof CerthopError)
        }
      }),
      trials(2000),
    )
  })

  test('is read in a moment when each of its octets comes in a record of its own', () => {
    const size = MAX - 4
    const octets = Buffer.alloc(4 + size, 0xff)
    octets.writeUInt32BE((1 << 24) | size)
    const records = Buffer.alloc(6 * octets.length)
    for (const [index, octet] of octets.entries()) records.set([0x16, 3, 1, 0, 1, octet], 6 * index)
    const start = performance.now()
    assert.deepEqual(readClientHello(records, MAX), { serverName: null, protocols: [] })
    // It took a minute once, and no other request was served meanwhile.
    assert.ok(performance.now() - start < 2000)
  })

  test('names its server in any case and with a dot, but only as a host name', () => {
    const named = (name: string) => {
      assert.equal(name.length, 'api.test'.length)
      const at = HELLO.indexOf('api.test')
      return readClientHello(Buffer.from(HELLO).fill(name, at, at + name.length), MAX)?.serverName
    }
    assert.equal(named('API.Test'), 'api.test')
    assert.equal(named('apitest.'), 'apitest')
    assert.equal(named('api/test'), null)
    assert.equal(named('api\0test'), null)
    assert.equal(named('..api..t'), null)
  })
})
