import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Registry } from '../../src/registry/registry.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { RegistryFolder, registryText } from '../support/registry-folder.ts'

const ENTRIES = 10_000
const PAIRS = 100

let clients: Certificate[]
before(async () => {
  const root = await createAuthority({ name: 'Root' })
  clients = await Promise.all(Array.from({ length: PAIRS }, (_, index) => root.client({ name: `c${index}` })))
})

function textOf(count: number): string {
  const entries = Array.from(
    { length: count },
    (_, index) =>
      `id: e${index}, host: "${index % 2 === 0 ? '' : '*.'}h${index}.example", cert: ${index % PAIRS}.crt, key: ${index % PAIRS}.key`,
  )
  return registryText(...entries)
}

async function create(count: number): Promise<RegistryFolder> {
  const folder = await RegistryFolder.create()
  for (const [index, client] of clients.entries()) await folder.writePair(String(index), client)
  await folder.write('registry.yaml', textOf(count))
  return folder
}

/**
 * The milliseconds of CPU that this thread took in each turn of the event loop while `work` ran. CPU and not the clock,
 * because other processes take their share of a machine too.
 */
async function turnsDuring(work: Promise<unknown>): Promise<number[]> {
  const turns: number[] = []
  let isRunning = true
  let last = process.threadCpuUsage()
  const turn = () => {
    const { user, system } = process.threadCpuUsage()
    turns.push((user + system - last.user - last.system) / 1000)
    last = { user, system }
    if (isRunning) setImmediate(turn)
  }
  setImmediate(turn)
  await work
  isRunning = false
  return turns.toSorted((a, b) => b - a)
}

/** Garbage collection, which nobody can divide, is what makes the worst turns; the rest keeps to its slices. */
function assertResponsive(turns: readonly number[]): void {
  const [worst = 0] = turns
  const long = turns.filter(ms => ms > 20).length
  assert(worst < 100, `one turn took ${worst} ms`)
  assert(long <= turns.length / 50, `${long} of ${turns.length} turns took more than 20 ms`)
}

describe('ten thousand certificates', () => {
  test('are added, changed and looked up without holding the event loop', async () => {
    await using folder = await create(1)
    const registry: Registry = await folder.open()
    await folder.write('registry.yaml', textOf(ENTRIES))
    assertResponsive(await turnsDuring(registry.reload()))
    const { entries, generation } = registry.current
    assert.equal(entries.length, ENTRIES)

    await folder.writePair('7', clients[8] as Certificate)
    assertResponsive(await turnsDuring(registry.reload()))
    assert.equal(registry.current.generation, generation + 1)
    const changed = registry.current.entries.filter(
      (entry, index) => entry.identity !== entries[index]?.identity,
    )
    assert.equal(changed.length, ENTRIES / PAIRS)

    const started = process.threadCpuUsage()
    for (let index = 0; index < 100; index += 1) {
      assert.equal(
        registry.current.select(`x.h${index}.example`, 443).entry?.id,
        index % 2 === 0 ? undefined : `e${index}`,
      )
    }
    const { user, system } = process.threadCpuUsage(started)
    assert((user + system) / 100 < 5000, `${(user + system) / 100} µs for a host that was never seen`)
  })

  test('with keys that are slow to open leave the event loop alone', async () => {
    await using folder = await create(1)
    const registry = await folder.open()
    const entries = Array.from({ length: PAIRS }, (_, index) => {
      return `id: e${index}, host: h${index}, cert: ${index}.crt, key: ${index}.key, passphrase: x`
    })
    for (const [index, client] of clients.entries()) await folder.writePair(String(index), client, 'x')
    await folder.writeRegistry(...entries)
    const turns = await turnsDuring(registry.reload())
    assertResponsive(turns)
    assert(registry.current.entries.every(({ error }) => error === null))
  })
})
