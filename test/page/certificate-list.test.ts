import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Certificate } from '../../src/admin/schemas.ts'
import { commonNameOf } from '../../web/src/certificates/common-name.ts'
import { expiryOf } from '../../web/src/certificates/expiry.ts'
import { listed, NEWEST_FIRST, type OrderName, reordered } from '../../web/src/certificates/listing.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

function certificate(id: string, facts: Partial<Certificate> = {}): Certificate {
  return {
    id,
    hosts: [`${id}.example`],
    port: null,
    groups: [],
    addedAt: null,
    subject: `CN=${id}`,
    issuer: 'CN=Root',
    serialNumber: '01',
    fingerprint256: 'AB:CD',
    keyType: 'EC P-256',
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2027-01-01T00:00:00Z',
    daysLeft: 37,
    usable: true,
    error: null,
    state: 'usable',
    requests: 0,
    stale: null,
    ...facts,
  }
}

const ERROR = { code: 'passphrase_wrong', message: '', hint: '' }

describe('how long a certificate is valid', () => {
  for (const [notAfter, words, tone] of [
    ['2026-11-24T11:59:00Z', 'Expired 1 minute ago', 'bad'],
    ['2026-11-21T11:00:00Z', 'Expired 3 days ago', 'bad'],
    ['2026-11-24T12:30:00Z', 'In 30 minutes', 'bad'],
    ['2026-11-24T17:00:00Z', 'In 5 hours', 'bad'],
    ['2026-12-01T11:59:00Z', 'In 6 days', 'bad'],
    ['2026-12-01T12:00:00Z', 'In 7 days', 'warn'],
    ['2026-12-24T11:00:00Z', 'In 29 days', 'warn'],
    ['2026-12-24T13:00:00Z', 'In 30 days', 'good'],
    ['2066-11-24T12:00:00Z', 'In 40 years', 'good'],
  ] as const) {
    test(`until ${notAfter} is said as: ${words}`, () => {
      assert.deepEqual(expiryOf('2020-01-01T00:00:00Z', notAfter, NOW), { words, tone })
    })
  }

  test('one that has not begun says when it will', () => {
    const expiry = expiryOf('2026-11-26T12:00:00Z', '2027-11-26T12:00:00Z', NOW)
    assert.deepEqual(expiry, { words: 'Valid in 2 days', tone: 'accent' })
  })
})

describe('the list of certificates', () => {
  const ids = (all: Certificate[], search = '', by: OrderName = 'host', descending = false) =>
    listed(all, search, { by, descending }).map(({ id }) => id)

  test('finds those that hold every word, wherever it stands and in either case', () => {
    const all = [
      certificate('payments', { groups: ['smoke'], port: 8443 }),
      certificate('orders', { issuer: 'CN=Other' }),
    ]
    assert.deepEqual(ids(all, 'PAYMENTS smoke'), ['payments'])
    assert.deepEqual(ids(all, 'root 8443'), ['payments'])
    assert.deepEqual(ids(all, 'other orders.example'), ['orders'])
    assert.deepEqual(ids(all, 'smoke other'), [])
    assert.deepEqual(ids(all, ' '), ['orders', 'payments'])
  })

  test('puts what has to be seen to first when sorted by state', () => {
    const all = [
      certificate('fine'),
      certificate('pending', { usable: false, state: 'not valid yet' }),
      certificate('stale', { stale: ERROR }),
      certificate('broken', { error: ERROR, usable: false, state: ERROR.code }),
    ]
    assert.deepEqual(ids(all, '', 'state'), ['broken', 'stale', 'pending', 'fine'])
  })

  test('starts with the most recently added; without times, with the last of the registry', () => {
    const dated = [
      certificate('a', { addedAt: '2026-02-01T00:00:00Z' }),
      certificate('b', { addedAt: '2026-01-01T00:00:00Z' }),
    ]
    assert.deepEqual(
      listed(dated, '', NEWEST_FIRST).map(({ id }) => id),
      ['a', 'b'],
    )
    assert.deepEqual(
      listed([certificate('a'), certificate('b')], '', NEWEST_FIRST).map(({ id }) => id),
      ['b', 'a'],
    )
  })

  test('turns round when the same heading is clicked again', () => {
    const first = reordered(NEWEST_FIRST, 'requests')
    assert.deepEqual(first, { by: 'requests', descending: true })
    assert.deepEqual(reordered(first, 'requests'), { by: 'requests', descending: false })
    assert.deepEqual(reordered(first, 'expiry'), { by: 'expiry', descending: false })
  })
})

test('a distinguished name is known by its common name, or else as a whole', () => {
  assert.equal(commonNameOf('O=Example Bank, CN=Partner CA'), 'Partner CA')
  assert.equal(commonNameOf('CN=Acme\\, Inc., C=AT'), 'Acme, Inc.')
  assert.equal(commonNameOf('O=CN=odd, OU=x'), 'O=CN=odd, OU=x')
})
