/**
 * Loaded into a certhop process before its first line, by NODE_OPTIONS: tells by messages what the process holds. It
 * changes nothing there but to count the deadlines.
 */
import { Deadlines, type Timed } from '../../src/core/deadlines.ts'

/** What a certhop process holds at a moment, as far as it knows itself. */
export interface Holdings {
  /** Everything that waits for a deadline: connections, tunnels, steps of dialling. */
  readonly deadlines: number
  /** What keeps the event loop alive, by Node's names for it, and how often. */
  readonly resources: Readonly<Record<string, number>>
  /** Octets after a collection: the heap, and buffers outside of it. */
  readonly memory: number
}

const waiting = new Set<Timed>()
const { watch, forget } = Deadlines.prototype
Deadlines.prototype.watch = function (timed) {
  waiting.add(timed)
  watch.call(this, timed)
}
Deadlines.prototype.forget = function (timed) {
  waiting.delete(timed)
  forget.call(this, timed)
}

process.on('message', question => {
  if (question !== 'what do you hold?') return
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  const holdings: Holdings = { deadlines: waiting.size, resources, memory: heapUsed + external }
  process.send?.(holdings)
})
process.channel?.unref()
