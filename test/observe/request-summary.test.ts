import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Events, type RequestRecord } from '../../src/observe/events.ts'
import { RequestSummary } from '../../src/observe/request-summary.ts'
import { emptyRecord } from '../../src/proxy/record.ts'

const SENT: Partial<RequestRecord> = { way: 'absolute-http', host: 'api.example.test', status: 200 }

function summaryOf(...records: [number, Partial<RequestRecord>][]): string | null {
  const events = new Events()
  const summary = new RequestSummary(events)
  for (const [times, record] of records) {
    for (let i = 0; i < times; i += 1) events.request({ ...emptyRecord('id'), ...SENT, ...record })
  }
  return summary.describe()
}

describe('the summary of requests', () => {
  test('counts what went out by certificate, the most frequent first', () => {
    const summary = summaryOf([2, {}], [1, { certificate: 'orders' }], [9, { certificate: 'payments-2026' }])
    assert.equal(summary, '12 requests: 9 with payments-2026, 2 without a certificate, 1 with orders')
  })

  test('counts one request in the singular', () => {
    assert.equal(summaryOf([1, { certificate: 'payments' }]), '1 request: 1 with payments')
    assert.equal(summaryOf([1, { way: 'tunnel' }]), '1 blind tunnel')
  })

  test('says what failed and whose certificate was concerned, and counts it nowhere else', () => {
    const summary = summaryOf(
      [2, { certificate: 'payments' }],
      [1, { certificate: 'payments', status: 502, error: 'passphrase_wrong' }],
    )
    assert.equal(summary, '3 requests: 2 with payments; 1 failed: passphrase_wrong (payments)')
  })

  test('names the host of a failure where no certificate was concerned, and nothing where there is no host', () => {
    const summary = summaryOf(
      [2, { host: 'gone.example.test', error: 'dns_failed' }],
      [1, { host: null, error: 'bad_request' }],
    )
    assert.equal(summary, '3 requests: 3 failed: 2 dns_failed (gone.example.test), 1 bad_request')
  })

  test('an answer of the server with an error status is no failure', () => {
    assert.equal(summaryOf([1, { status: 500, certificate: 'payments' }]), '1 request: 1 with payments')
  })

  test('counts tunnels that were not opened by themselves, because nobody knows how many requests they held', () => {
    const summary = summaryOf([1, {}], [3, { way: 'tunnel' }])
    assert.equal(summary, '1 request: 1 without a certificate; 3 blind tunnels')
  })

  test('counts HTTP/2 connections by themselves, because their streams are not looked at', () => {
    const summary = summaryOf([1, {}], [2, { way: 'connect-h2', certificate: 'payments' }])
    assert.equal(summary, '1 request: 1 without a certificate; 2 HTTP/2 connections: 2 with payments')
  })

  test('a tunnel that could not be made is a failure', () => {
    const summary = summaryOf([1, { way: 'tunnel', error: 'connection_refused' }])
    assert.equal(summary, '1 request: 1 failed: connection_refused (api.example.test)')
  })

  test('names the most frequent and counts the others, so that it stays one line', () => {
    const many = Array.from({ length: 20 }, (_, index): [number, Partial<RequestRecord>] => [
      20 - index,
      { certificate: `c${index}` },
    ])
    const summary = summaryOf(...many)
    assert.match(summary ?? '', /^210 requests: 20 with c0, 19 with c1, .*, 13 with c7, 78 others$/)
  })

  test('there is none where nothing came', () => {
    assert.equal(summaryOf(), null)
  })
})
