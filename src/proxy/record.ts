import { randomBytes } from 'node:crypto'
import type { RequestRecord } from '../observe/events.ts'

const PROCESS = randomBytes(4).toString('hex')
let requests = 0

/** Unique across processes in practice, and in order within one. */
export function nextRequestId(): string {
  requests += 1
  return `${PROCESS}-${requests}`
}

/** The record of a request that ends now, and of which nothing else is known. */
export function emptyRecord(requestId: string): RequestRecord {
  return {
    requestId,
    way: null,
    method: null,
    host: null,
    port: null,
    path: null,
    status: null,
    certificate: null,
    rule: null,
    generation: null,
    reused: false,
    resumed: false,
    bytesIn: 0,
    bytesOut: 0,
    dnsMs: null,
    connectMs: null,
    tlsMs: null,
    firstByteMs: null,
    totalMs: 0,
    endedAt: Date.now(),
    error: null,
  }
}
