import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type IdleHoldings, idleHoldings } from './holdings.ts'
import { type Extent, Load } from './load.ts'
import { memorySlope, openDescriptors, type Sample } from './process-samples.ts'
import { setScene } from './scene.ts'

/**
 * MiB that the process may take at any moment. It levels off between 140 and 210: what is in use after a collection stays the
 * same, and V8 lets some 40 MiB of what is not in use come together before it looks for it.
 */
const LEVEL = 256

/** MiB by which the heap and its buffers may grow: code that was compiled meanwhile, and caches. */
const MEMORY = 3

/** Connections that may be left when all runners have gone: those of the registry's watcher and their like come and go. */
const DESCRIPTORS = 8

/** By how many there may be more of a kind: what the last exchange was about may still be referred to. One left behind at each reload is more. */
const ALIVE = 8

/** By how many there may be more of what the runtime itself makes at any time. */
const ALIVE_OF_RUNTIME = 100

/**
 * Sends requests of every kind through a certhop process while its registry changes each second. Asserts that every answer is
 * its own and under the right identity, that memory has a level, and that the last two thirds of it all leave nothing behind
 * that the first had not left already. Says what it saw.
 */
export async function assertSoak(t: TestContext, { seconds, requests }: Extent): Promise<void> {
  const scene = await setScene(t)
  const { certhop } = scene
  const load = new Load(scene)
  const startedAt = performance.now()
  const atStart = await openDescriptors(certhop.pid)
  const warmingUp = await load.run({ seconds: seconds / 3, requests: requests / 3 })
  const before = await idleHoldings(certhop, atStart)
  const steady = await load.run({ seconds: (seconds * 2) / 3, requests: (requests * 2) / 3 })
  const after = await idleHoldings(certhop, before.descriptors)

  const counts = Array.from(load.counts, ([kind, count]) => `${kind} ${count}`).join(', ')
  const elapsed = Math.round((performance.now() - startedAt) / 1000)
  t.diagnostic(`${load.sent} requests in ${elapsed} s: ${counts}; ${load.changes} reloads`)
  t.diagnostic(`at most ${highest(warmingUp)} MiB in the first third, then ${highest(steady)} MiB`)
  t.diagnostic(`${memorySlope(steady).toFixed(2)} MiB a minute in the last two thirds`)
  t.diagnostic(`idle after a third: ${describe(before)}`)
  t.diagnostic(`idle at the end: ${describe(after)}`)

  assert.deepEqual(load.wrong, [])
  assert.ok(highest([...warmingUp, ...steady]) < LEVEL, `memory went beyond ${LEVEL} MiB`)
  assert.deepEqual(excess(after, before), [], 'something is left behind')
  // One entry is broken on purpose, and said to be at each reload.
  const errors = certhop.stderr.match(/^.*"level":50.*$/gm) ?? []
  assert.deepEqual(
    errors.filter(line => !line.includes('client_certificate_missing_file')),
    [],
  )
  certhop.signal('SIGTERM')
  assert.equal(await certhop.exit(), 0)
}

function highest(samples: readonly Sample[]): number {
  return Math.round(Math.max(...samples.map(({ resident }) => resident)))
}

function describe({ descriptors, deadlines, memory, resident, alive }: IdleHoldings): string {
  const census = Object.entries(alive).map(([kind, count]) => `${kind} ${count}`)
  return (
    `${descriptors} descriptors, ${deadlines} deadlines, ${resident.toFixed(0)} MiB, ` +
    `${memory.toFixed(1)} MiB of the heap and its buffers; alive are ${census.join(', ')}`
  )
}

/** What there is more of than there may be. */
function excess(after: IdleHoldings, before: IdleHoldings): string[] {
  const growths = [
    ['descriptors', after.descriptors - before.descriptors, DESCRIPTORS],
    ['deadlines', after.deadlines - before.deadlines, DESCRIPTORS],
    ['MiB of the heap and its buffers', after.memory - before.memory, MEMORY],
    ...Object.entries(after.alive).map(
      ([kind, count]) => [kind, count - (before.alive[kind] ?? 0), allowed(kind)] as const,
    ),
  ] as const
  return growths.filter(([, growth, most]) => growth > most).map(([what, growth]) => `${growth} more ${what}`)
}

function allowed(kind: string): number {
  return kind === 'ArrayBuffer' || kind === 'Promise' ? ALIVE_OF_RUNTIME : ALIVE
}
