import { busySeconds, cpuNanoseconds } from './accounting.ts'
import { type LoadResult, runLoad } from './load.ts'
import type { RunningPeer } from './peer.ts'
import type { Scenario } from './scenario.ts'
import type { TestBed } from './test-bed.ts'

/** What one peer did in one round. */
export interface Measurement {
  readonly cpuMicrosecondsPerRequest: number
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** The share of its core that it used, 0 to 1. Well under 1, the load or the server set the pace. */
  readonly busy: number
  /** The share of its core that others took, 0 to 1. They also cost it its caches: its numbers are then too high. */
  readonly others: number
}

/** Loads one peer for that many seconds; throws when any answer was wrong or missing. */
export async function measure(
  bed: TestBed,
  scenario: Scenario,
  peer: RunningPeer,
  seconds: number,
): Promise<Measurement> {
  const busyBefore = busySeconds(bed.cores.measured)
  const cpuBefore = cpuNanoseconds(peer.pid)
  const load = await runLoad({
    scenario,
    url: peer.url,
    authority: peer.authority,
    host: bed.host,
    port: bed.port,
    subject: bed.credentials.subject,
    seconds,
    core: bed.cores.load,
  })
  const cpuSeconds = (cpuNanoseconds(peer.pid) - cpuBefore) / 1e9
  const othersSeconds = busySeconds(bed.cores.measured) - busyBefore - cpuSeconds
  refuseWrong(load)
  return {
    cpuMicrosecondsPerRequest: (cpuSeconds * 1e6) / load.requests,
    requestsPerSecond: load.requests / load.seconds,
    p50: load.p50,
    p99: load.p99,
    busy: cpuSeconds / load.seconds,
    others: Math.max(0, othersSeconds) / load.seconds,
  }
}

function refuseWrong({ requests, wrong, firstWrong, errors, firstError }: LoadResult): void {
  if (requests === 0) throw new Error(`no answer at all ${firstError}`.trimEnd())
  if (wrong > 0) throw new Error(`${wrong} of ${requests} answers were wrong, first ${firstWrong}`)
  if (errors > 0) throw new Error(`${errors} requests got no answer, ${requests} did ${firstError}`.trimEnd())
}
