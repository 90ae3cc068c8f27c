import { PinnedProcess } from './pinned-process.ts'
import type { Cores } from './processor.ts'

/**
 * Keeps processors awake while nothing is to do, with work that gives way to all other (SCHED_IDLE): a processor that sleeps
 * takes its time to wake up, in a virtual machine up to a tenth of a millisecond. Returns what lets them sleep again.
 */
export function keepAwake({ measured, load }: Cores): () => Promise<void> {
  const command = ['chrt', '--idle', '0', 'sh', '-c', 'while :; do :; done']
  const spinning = [measured, load].map(core => new PinnedProcess(core, command))
  return async () => {
    await Promise.all(spinning.map(each => each.stop()))
  }
}
