import { setTimeout } from 'node:timers/promises'
import type { RunningCommand } from '../support/command.ts'
import type { Holdings } from '../support/probe.ts'
import type { Census } from './census.ts'
import { openDescriptors, residentMemory } from './process-samples.ts'

/** What a process holds when nobody uses it, after a collection. */
export interface IdleHoldings {
  readonly descriptors: number
  /** Everything that waits for a deadline. */
  readonly deadlines: number
  /** MiB: the heap and the buffers outside of it, and all of the process. */
  readonly memory: number
  readonly resident: number
  readonly alive: Census
}

/** Longer than connections of either side may stay idle in the soak. */
const PATIENCE = 10_000

/** Looks once there are at most `descriptors`, or after all timeouts have passed. */
export async function idleHoldings(certhop: RunningCommand, descriptors: number): Promise<IdleHoldings> {
  const startedAt = performance.now()
  while ((await openDescriptors(certhop.pid)) > descriptors && performance.now() - startedAt < PATIENCE)
    await setTimeout(100)
  // Buffers are freed some time after the collection that finds them, and counting collects several times.
  const alive = (await certhop.ask('who is alive?')) as Census
  const { deadlines, memory } = (await certhop.ask('what do you hold?')) as Holdings
  return {
    descriptors: await openDescriptors(certhop.pid),
    deadlines,
    memory: memory / 1024 ** 2,
    resident: await residentMemory(certhop.pid),
    alive,
  }
}
