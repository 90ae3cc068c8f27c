import type { RunningPeer } from '../peers/peer.ts'
import { emptyLog, waitForLines } from './access-log.ts'

const COUNTER = /^certhop_requests_total\{.*\} (\d+)$/gm

/**
 * Begins to watch what a peer tells of its requests. The function that is returned throws when its access log or its metrics
 * lack some of that many: who tells less has less to do.
 */
export async function watchTelling({
  log,
  metrics,
}: RunningPeer): Promise<(requests: number) => Promise<void>> {
  if (log !== null) await emptyLog(log)
  const before = metrics === null ? 0 : await countedBy(metrics)
  return async requests => {
    if (log !== null) await waitForLines(log, requests)
    const counted = metrics === null ? requests : (await countedBy(metrics)) - before
    if (counted < requests) throw new Error(`the metrics have ${counted} of ${requests} requests`)
  }
}

async function countedBy(metrics: string): Promise<number> {
  const text = await (await fetch(metrics)).text()
  return Array.from(text.matchAll(COUNTER), ([, count]) => Number(count)).reduce(
    (sum, count) => sum + count,
    0,
  )
}
