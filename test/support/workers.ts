import { setImmediate } from 'node:timers/promises'
import type { RequestRecord } from '../../src/observe/events.ts'
import type { TestProxy } from './proxy.ts'
import type { RawConnection } from './raw-connection.ts'

/** Which worker has answered: its requests are numbered by themselves. */
export function workerOf({ requestId }: RequestRecord): string {
  return requestId.slice(0, requestId.indexOf('-'))
}

/** Resolves with the records of all requests once there are so many: they come a moment after the answers. */
export async function recorded({ records }: TestProxy, count: number): Promise<readonly RequestRecord[]> {
  while (records.length < count) await setImmediate()
  return records
}

/** So many connections that it is beyond chance that one of two workers has got none. */
export const MANY = 24

export function connectMany({ connect }: Pick<TestProxy, 'connect'>): Promise<RawConnection[]> {
  return Promise.all(Array.from({ length: MANY }, () => connect()))
}
