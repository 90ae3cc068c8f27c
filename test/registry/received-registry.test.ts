import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CerthopError } from '../../src/core/errors.ts'
import type { Identity } from '../../src/identity/identity.ts'
import type { Entry } from '../../src/registry/entry.ts'
import { ReceivedRegistry } from '../../src/registry/received-registry.ts'
import { Snapshot } from '../../src/registry/snapshot.ts'
import type { SnapshotUpdate } from '../../src/registry/snapshot-update.ts'
import { compareSnapshots } from '../../src/registry/swap.ts'
import { updateBetween } from '../../src/registry/update-between.ts'
import { makeEntries, NOW, type WantedEntry } from '../support/entries.ts'
import { trials } from '../support/property.ts'

const IDS = ['e1', 'e2', 'e3', 'e4']
const HOSTS = ['a.x', 'b.x', 'c.b.x', 'y']
const PORTS = [443, 8443]
const GROUPS = [[], ['g'], ['h', 'g']]

/** What another thread makes of `update`, which arrives in several messages, as copies. */
async function receive(
  registry: ReceivedRegistry,
  { entries, ...update }: SnapshotUpdate,
): Promise<Identity[]> {
  for (let start = 0; start < entries.length; start += 2) {
    registry.add(structuredClone(entries.slice(start, start + 2)))
  }
  return registry.swap(structuredClone(update))
}

test('another thread decides as this one does, under the same identities, after any series of changes', async () => {
  const wanted = fc.record({
    host: fc.subarray(['a.x', 'b.x', '*.x', '*', '{a,c.b}.x'], { minLength: 1, maxLength: 2 }),
    port: fc.constantFrom(null, null, 443),
    groups: fc.constantFrom(null, null, ['g'], ['g', 'h']),
    addedAt: fc.integer({ min: 1, max: 3 }),
    // Of the files: 0 and 1 can be used, 2 and 3 can't.
    version: fc.integer({ min: 0, max: 3 }),
  })
  const change = fc.record({
    ids: fc.shuffledSubarray(IDS),
    wanted: fc.tuple(wanted, wanted, wanted, wanted),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async changes => {
      const received = new ReceivedRegistry()
      const arrived = new Map<number, Identity>()
      let before: Snapshot = new Snapshot(0, [])
      let versions = new Map<string, number>()
      for (const [index, { ids, wanted }] of changes.entries()) {
        const next = new Map(ids.map(id => [id, wanted[IDS.indexOf(id)]?.version ?? 0]))
        const entries = ids.map(id => {
          const { version, ...reach } = wanted[IDS.indexOf(id)] as (typeof wanted)[number]
          // Loading keeps what it has made of files that are the same.
          const kept =
            versions.get(id) === version ? before.entries.find(entry => entry.id === id) : undefined
          return { id, ...reach, ...(kept === undefined ? madeOf(version) : materialOf(kept)) }
        })
        const after = new Snapshot(index + 1, makeEntries(entries))
        const retired = await receive(received, updateBetween(before, after))
        assert.deepEqual(
          retired.map(({ generation }) => generation),
          compareSnapshots(before, after).retired.map(({ generation }) => generation),
        )
        assertSame(after, received, arrived)
        before = after
        versions = next
      }
    }),
    trials(300),
  )
})

type Material = Pick<WantedEntry, 'identity' | 'error'>

function madeOf(version: number): Material {
  if (version < 2) return {}
  const hint = version === 2 ? { hint: 'do this' } : {}
  return { error: new CerthopError('client_key_mismatch', `${version} is broken`, hint) }
}

function materialOf({ identity, error }: Entry): Material {
  return { ...(identity === null ? {} : { identity }), ...(error === null ? {} : { error }) }
}

function assertSame(snapshot: Snapshot, received: ReceivedRegistry, arrived: Map<number, Identity>): void {
  for (const host of HOSTS) {
    for (const port of PORTS) {
      for (const groups of GROUPS) {
        const own = snapshot.select(host, port, groups, NOW)
        const other = received.current.select(host, port, groups, NOW)
        assert.deepEqual(
          [other.rule, other.entry?.id, other.generation, other.identity?.generation],
          [own.rule, own.entry?.id, own.generation, own.identity?.generation],
        )
        assert.deepEqual(
          [other.error?.code, other.error?.message, other.error?.hint],
          [own.error?.code, own.error?.message, own.error?.hint],
        )
        assert.deepEqual(other.identity?.facts, own.identity?.facts)
        const { identity } = other
        if (identity === null) continue
        // A generation is one object for its whole life: connections are told apart by it.
        assert.equal(arrived.get(identity.generation) ?? identity, identity)
        arrived.set(identity.generation, identity)
      }
    }
  }
}
