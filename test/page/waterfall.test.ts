import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ShownRecord } from '../../src/admin/schemas.ts'
import { waterfall } from '../../web/src/traffic/waterfall.ts'
import { shownRequest } from './requests.ts'

const DIALLED = { reused: false, dnsMs: 2, connectMs: 10, tlsMs: 20 }

function phasesOf(facts: Partial<ShownRecord>): string[] {
  return waterfall(shownRequest(facts)).phases.map(({ name, startMs, ms }) => `${name} ${startMs}+${ms}`)
}

describe('the waterfall of a request', () => {
  test('lays DNS, connect, TLS, first byte and body end to end', () => {
    const request = { way: 'absolute-https', ...DIALLED, firstByteMs: 50, totalMs: 80 } as const
    assert.deepEqual(phasesOf(request), [
      'dns 0+2',
      'connect 2+10',
      'tls 12+20',
      'waiting 32+18',
      'body 50+30',
    ])
    const { connection, startMs, endMs } = waterfall(shownRequest(request))
    assert.deepEqual([connection, startMs, endMs], ['dialled', 0, 80])
  })

  test('has nothing to dial on a connection that had served before', () => {
    assert.deepEqual(phasesOf({}), ['waiting 0+3', 'body 3+2'])
    assert.equal(waterfall(shownRequest()).connection, 'reused')
  })

  test('shows what was dialled for the tunnel before its first request', () => {
    const request = { ...DIALLED, firstByteMs: 50, totalMs: 80 }
    assert.deepEqual(phasesOf(request), [
      'dns -32+2',
      'connect -30+10',
      'tls -20+20',
      'waiting 0+50',
      'body 50+30',
    ])
    assert.equal(waterfall(shownRequest(request)).connection, 'dialled before')
  })

  test('never has a phase of negative length, whatever the way', () => {
    const ways = [
      'absolute-http',
      'absolute-https',
      'connect-h1',
      'connect-h2',
      'tunnel',
      'websocket',
    ] as const
    for (const way of ways) {
      for (const firstByteMs of [null, 1, 40]) {
        const { phases, startMs, endMs } = waterfall(
          shownRequest({ way, ...DIALLED, firstByteMs, totalMs: 41 }),
        )
        assert.equal(phases[0]?.startMs, startMs)
        for (const phase of phases) {
          assert.ok(phase.ms >= 0, `${way}: ${phase.name}`)
          assert.ok(
            phase.startMs >= startMs && phase.startMs + phase.ms <= endMs + 0.001,
            `${way}: ${phase.name}`,
          )
        }
      }
    }
  })

  test('ends where the request failed', () => {
    const failed = {
      way: 'absolute-http',
      reused: false,
      firstByteMs: null,
      totalMs: 9,
      error: 'dns_failed',
    } as const
    assert.deepEqual(phasesOf(failed), ['waiting 0+9'])
    assert.equal(waterfall(shownRequest(failed)).connection, 'none')
  })

  test('shows how long a tunnel was open', () => {
    const tunnel = {
      way: 'tunnel',
      reused: false,
      dnsMs: 1,
      connectMs: 4,
      firstByteMs: null,
      totalMs: 500,
    } as const
    assert.deepEqual(phasesOf(tunnel), ['dns 0+1', 'connect 1+4', 'open 5+495'])
    const http2 = { way: 'connect-h2', ...DIALLED, firstByteMs: null, totalMs: 500 } as const
    assert.deepEqual(phasesOf(http2), ['dns -12+2', 'connect -10+10', 'tls 0+20', 'open 20+480'])
  })
})
