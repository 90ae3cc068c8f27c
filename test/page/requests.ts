import type { ShownRecord } from '../../src/admin/schemas.ts'

/** A request as the admin plane shows it: one that a certificate won and a server answered, but for `facts`. */
export function shownRequest(facts: Partial<ShownRecord> = {}): ShownRecord {
  return {
    startedAt: '2026-11-24T12:00:00.000Z',
    requestId: 'test-1',
    way: 'connect-h1',
    method: 'GET',
    host: 'api.payments.example',
    port: 443,
    path: '/health',
    status: 200,
    certificate: 'payments',
    rule: 'wildcard',
    generation: 1,
    reused: true,
    resumed: false,
    bytesIn: 0,
    bytesOut: 120,
    dnsMs: null,
    connectMs: null,
    tlsMs: null,
    firstByteMs: 3,
    totalMs: 5,
    error: null,
    ...facts,
  }
}

/** `count` of them in the order in which they ended, numbered from `first`. */
export function manyRequests(count: number, first = 1): ShownRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index
    const startedAt = new Date(Date.UTC(2026, 10, 24, 12) + number * 10).toISOString()
    return shownRequest({ requestId: `test-${number}`, startedAt, path: `/checks/${number}` })
  })
}
