import assert from 'node:assert/strict'
import type { TestBed } from './test-bed.ts'

/** How requests arrive at certhop (as its access log names it) and at the server (`$server_protocol`). */
export interface Arrival {
  readonly way: string
  readonly protocol: 'HTTP/1.1' | 'HTTP/2.0'
}

export const ABSOLUTE: Arrival = { way: 'absolute-http', protocol: 'HTTP/1.1' }
export const ABSOLUTE_HTTPS: Arrival = { way: 'absolute-https', protocol: 'HTTP/1.1' }
export const CONNECT_HTTP1: Arrival = { way: 'connect-h1', protocol: 'HTTP/1.1' }
export const CONNECT_HTTP2: Arrival = { way: 'connect-h2', protocol: 'HTTP/2.0' }
export const WEBSOCKET: Arrival = { way: 'websocket', protocol: 'HTTP/1.1' }

/** Rejects unless the request to `host` came that way and left with that certificate. Resolves with a cell of the table. */
export async function arrived(
  bed: TestBed,
  host: string,
  { way, protocol }: Arrival,
  certificate: string,
): Promise<string> {
  const record = await bed.record(host)
  assert.equal(record.way, way)
  assert.equal(record.certificate, certificate)
  return `${way}, ${protocol}`
}

/** Rejects unless the request to `host` passed without a certificate, and that way. Resolves with a cell of the table. */
export async function passed(bed: TestBed, host: string, way = 'tunnel'): Promise<string> {
  const record = await bed.record(host)
  assert.equal(record.way, way)
  assert.equal(record.certificate, null)
  return way
}
