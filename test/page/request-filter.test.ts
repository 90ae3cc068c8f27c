import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ShownRecord } from '../../src/admin/schemas.ts'
import {
  EVERYTHING,
  FAILED,
  NO_CERTIFICATE,
  type RequestFilter,
  readFilter,
  requestMatcher,
} from '../../web/src/traffic/request-filter.ts'
import { shownRequest } from './requests.ts'

function passes(filter: Partial<RequestFilter>, facts: Partial<ShownRecord> = {}): boolean {
  return requestMatcher({ ...EVERYTHING, ...filter })(shownRequest(facts))
}

describe('the filter of requests', () => {
  test('looks for a part of the host, in either case', () => {
    assert.equal(passes({ host: ' PAYMENTS ' }), true)
    assert.equal(passes({ host: 'orders' }), false)
    assert.equal(passes({ host: 'a' }, { host: null }), false)
  })

  test('takes one certificate by its whole id, or those without one', () => {
    assert.equal(passes({ certificate: 'payments' }), true)
    assert.equal(passes({ certificate: 'pay' }), false)
    assert.equal(passes({ certificate: NO_CERTIFICATE }), false)
    assert.equal(passes({ certificate: NO_CERTIFICATE }, { certificate: null }), true)
  })

  test('tells what a server answered from what certhop did, also where the status is the same', () => {
    const failed = { status: 502, error: 'dns_failed' }
    assert.equal(passes({ outcome: '5xx' }, { status: 502 }), true)
    assert.equal(passes({ outcome: '5xx' }, failed), false)
    assert.equal(passes({ outcome: FAILED }, failed), true)
    assert.equal(passes({ outcome: 'dns_failed' }, failed), true)
    assert.equal(passes({ outcome: 'connect_timeout' }, failed), false)
    assert.equal(passes({ outcome: FAILED }, { status: 502 }), false)
    assert.equal(passes({ outcome: '2xx' }), true)
    assert.equal(passes({ outcome: '1xx' }, { status: 101 }), true)
  })

  test('wants every word of a search, from whatever the row says', () => {
    assert.equal(passes({ text: 'GET health 200' }), true)
    assert.equal(passes({ text: 'payments.example:443/health' }), true)
    assert.equal(passes({ text: 'test-1' }), true)
    assert.equal(passes({ text: 'health 404' }), false)
    assert.equal(passes({ text: '  ' }), true)
  })

  test('combines all of it', () => {
    const filter = { host: 'api', certificate: 'payments', outcome: '2xx', way: 'connect-h1', text: 'health' }
    assert.equal(passes(filter), true)
    assert.equal(passes({ ...filter, way: 'tunnel' }), false)
  })

  test('is read from the address of the page', () => {
    assert.deepEqual(readFilter(new URLSearchParams('certificate=orders&outcome=failed&request=x')), {
      ...EVERYTHING,
      certificate: 'orders',
      outcome: FAILED,
    })
  })
})
