import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CerthopError } from '../../src/core/errors.ts'
import { NO_GROUPS } from '../../src/core/groups.ts'
import { HostCache } from '../../src/core/host-cache.ts'
import type { Entry } from '../../src/registry/entry.ts'
import { Snapshot } from '../../src/registry/snapshot.ts'
import { makeEntries, NOW, type WantedEntry } from '../support/entries.ts'
import { trials } from '../support/property.ts'

function snapshotOf(...wanted: WantedEntry[]): Snapshot {
  return new Snapshot(7, makeEntries(wanted))
}

/** `id rule`, or `none`. */
function winner(snapshot: Snapshot, host: string, port = 443, now = NOW, groups = NO_GROUPS): string {
  const { entry, rule, generation } = snapshot.select(host, port, groups, now)
  assert.equal(generation, snapshot.generation)
  return entry === null ? rule : `${entry.id} ${rule}`
}

describe('the winner', () => {
  test('is none when no entry matches', () => {
    const selection = snapshotOf({ host: 'a.example' }).select('b.example', 443, NO_GROUPS, NOW)
    assert.deepEqual(selection, { rule: 'none', entry: null, identity: null, error: null, generation: 7 })
  })

  test('is a full host name before a newer wildcard', () => {
    const snapshot = snapshotOf({ host: 'a.example', addedAt: 1 }, { host: '*.example', addedAt: 2 })
    assert.equal(winner(snapshot, 'a.example'), 'e1 full')
    assert.equal(winner(snapshot, 'b.example'), 'e2 wildcard')
  })

  test('is the one added last, wherever it stands', () => {
    const snapshot = snapshotOf(
      { host: 'a.example', addedAt: 1 },
      { host: 'a.example', addedAt: 3 },
      { host: 'a.example', addedAt: 2 },
    )
    assert.equal(winner(snapshot, 'a.example'), 'e2 full')
  })

  test('is the later in the file without times, and with equal ones', () => {
    assert.equal(winner(snapshotOf({ host: '*' }, { host: '*' }), 'a'), 'e2 wildcard')
    assert.equal(winner(snapshotOf({ host: 'a', addedAt: 5 }, { host: 'a', addedAt: 5 }), 'a'), 'e2 full')
  })

  test('is only one for the port', () => {
    const snapshot = snapshotOf({ host: '*' }, { host: 'a', port: 8443 }, { host: 'a', port: 9443 })
    assert.equal(winner(snapshot, 'a', 8443), 'e2 full')
    assert.equal(winner(snapshot, 'a', 9443), 'e3 full')
    assert.equal(winner(snapshot, 'a', 443), 'e1 wildcard')
    assert.equal(winner(snapshot, 'a', 8443), 'e2 full')
  })

  test('is only one for everybody or for a group that the request names', () => {
    const snapshot = snapshotOf(
      { host: 'a', groups: ['g', 'h'] },
      { host: 'a' },
      { host: 'a', groups: ['i'] },
      { host: '*.w', groups: ['g'] },
      { host: '*' },
    )
    const asks = (host: string, ...groups: string[]) => winner(snapshot, host, 443, NOW, groups)
    assert.equal(asks('a'), 'e2 full')
    assert.equal(asks('a', 'g'), 'e2 full')
    assert.equal(asks('a', 'i'), 'e3 full')
    assert.equal(asks('a', 'g', 'i'), 'e3 full')
    assert.equal(asks('a', 'other'), 'e2 full')
    assert.equal(asks('x.w'), 'e5 wildcard')
    const grouped = snapshotOf({ host: 'a', groups: ['g'] }, { host: '*.w', groups: ['h'] })
    for (const group of ['', 'G', 'g ', 'gg', 'constructor', '__proto__', 'h']) {
      assert.equal(winner(grouped, 'a', 443, NOW, [group]), 'none', group)
    }
    assert.equal(winner(grouped, 'a'), 'none')
    assert.equal(winner(grouped, 'a', 443, NOW, ['g']), 'e1 full')
    assert.equal(winner(grouped, 'x.w', 443, NOW, ['g']), 'none')
    assert.equal(winner(grouped, 'x.w', 443, NOW, ['h']), 'e2 wildcard')
  })

  test('is full or wildcard by the alternative that matches', () => {
    const snapshot = snapshotOf({ host: '{a,*.b}.example' }, { host: ['*.example'] })
    assert.equal(winner(snapshot, 'a.example'), 'e1 full')
    assert.equal(winner(snapshot, 'x.b.example'), 'e2 wildcard')
  })

  test('is no certificate before its time, and a certificate from that moment without a reload', () => {
    const snapshot = snapshotOf(
      { host: 'a' },
      { host: 'a', notBefore: NOW + 1000 },
      { host: '*', notBefore: NOW + 1000 },
    )
    assert.equal(winner(snapshot, 'a', 443, NOW), 'e1 full')
    assert.equal(winner(snapshot, 'b', 443, NOW), 'none')
    assert.equal(winner(snapshot, 'a', 443, NOW + 999), 'e1 full')
    assert.equal(winner(snapshot, 'a', 443, NOW + 1000), 'e2 full')
    assert.equal(winner(snapshot, 'b', 443, NOW + 1000), 'e3 wildcard')
  })

  test('still wins when it has expired, and its requests fail', () => {
    const snapshot = snapshotOf({ host: 'a' }, { host: 'a', notAfter: NOW })
    assert.equal(snapshot.select('a', 443, NO_GROUPS, NOW).identity, snapshot.entries[1]?.identity)
    const { entry, identity, error } = snapshot.select('a', 443, NO_GROUPS, NOW + 1)
    assert.deepEqual([entry?.id, identity, error?.code], ['e2', null, 'client_certificate_expired'])
    assert.match(error?.message ?? '', /`e2` expired at 2026-11-23T00:00:00\.000Z/)
  })

  test('still wins when it cannot be used, and its requests fail with its own error', () => {
    const error = new CerthopError('client_key_mismatch', 'x')
    const snapshot = snapshotOf({ host: '*' }, { host: 'a', error, notAfter: NOW - 1 })
    const selection = snapshot.select('a', 443, NO_GROUPS, NOW)
    assert.deepEqual([selection.entry?.id, selection.identity, selection.error], ['e2', null, error])
  })

  test('is the same object for the same question: deciding again allocates nothing', () => {
    const snapshot = snapshotOf({ host: 'a' }, { host: '*.b', notAfter: NOW })
    for (const [host, now] of [
      ['a', NOW],
      ['x.b', NOW],
      ['x.b', NOW + 1],
      ['none', NOW],
    ] as const) {
      assert.equal(snapshot.select(host, 443, NO_GROUPS, now), snapshot.select(host, 443, NO_GROUPS, now))
    }
  })
})

describe('an explanation', () => {
  test('names the winner first and says of each candidate why', () => {
    const snapshot = snapshotOf(
      { host: '*.example', addedAt: NOW - 3 },
      { host: 'a.example', addedAt: NOW - 2 },
      { host: 'a.example', addedAt: NOW - 1 },
      { host: 'other' },
    )
    const { candidates, ...rest } = snapshot.explain('a.example', 443, NO_GROUPS, NOW)
    assert.deepEqual(rest, {
      certificate: 'e3',
      rule: 'full',
      reason: '`e3` wins over 2 others: it names the host in full',
      usable: true,
      error: null,
    })
    const second = {
      id: 'e2',
      pattern: 'a.example',
      rule: 'full',
      addedAt: '2026-11-22T23:59:59.998Z',
      position: 2,
    }
    const later = 'addedAt 2026-11-22T23:59:59.999Z is later than 2026-11-22T23:59:59.998Z'
    assert.deepEqual(candidates, [
      {
        ...{ id: 'e3', pattern: 'a.example', rule: 'full', addedAt: '2026-11-22T23:59:59.999Z', position: 3 },
        ...{ wins: true, why: `the most recently added full host name: ${later}` },
      },
      { ...second, wins: false, why: `\`e3\` was added more recently: ${later}` },
      {
        ...{
          id: 'e1',
          pattern: '*.example',
          rule: 'wildcard',
          addedAt: '2026-11-22T23:59:59.997Z',
          position: 1,
        },
        ...{ wins: false, why: 'a wildcard; `e3` names the host in full' },
      },
    ])
  })

  test('counts an entry once, however many of its patterns match', () => {
    const snapshot = snapshotOf({ host: ['a', 'A', '*'] }, { host: 'a' })
    const { candidates, reason } = snapshot.explain('a', 443, NO_GROUPS, NOW)
    assert.deepEqual(
      candidates.map(({ id }) => id),
      ['e2', 'e1'],
    )
    assert.equal(reason, '`e2` wins over 1 other: it names the host in full')
  })

  test('says what decides between equal times, places and rules', () => {
    const why = (...wanted: WantedEntry[]) =>
      snapshotOf(...wanted).explain('a', 443, NO_GROUPS, NOW).candidates[0]?.why
    assert.equal(
      why({ host: '*' }, { host: '*' }),
      'the most recently added wildcard: place 2 in the file is later than 1',
    )
    assert.match(
      why({ host: 'a', addedAt: 1 }, { host: 'a', addedAt: 1 }) ?? '',
      /addedAt is equal, and place 2/,
    )
    assert.equal(why({ host: 'a' }, { host: '*' }), 'a full host name wins over a wildcard')
    assert.equal(why({ host: 'a' }), 'the only candidate')
  })

  test('says which entries are left out and why', () => {
    const snapshot = snapshotOf({ host: 'a', port: 8443 }, { host: '*', notBefore: NOW + 1 })
    const { certificate, rule, candidates, reason, usable } = snapshot.explain('a', 443, NO_GROUPS, NOW)
    assert.deepEqual([certificate, rule, candidates, usable], [null, 'none', [], false])
    assert.equal(
      reason,
      'no entry matches; `e1` is left out: it is for port 8443 only; `e2` is left out: its certificate is not valid before 2026-11-23T00:00:00.001Z',
    )
  })

  test('says of entries for other groups that they are left out', () => {
    const snapshot = snapshotOf({ host: 'a', groups: ['g'] }, { host: '*', groups: ['h', 'i'] })
    assert.equal(
      snapshot.explain('a', 443, ['x'], NOW).reason,
      'no entry matches; `e1` is left out: it is for the group `g` only; `e2` is left out: it is for the groups `h`, `i` only',
    )
    const { certificate, candidates } = snapshot.explain('a', 443, ['i', 'g'], NOW)
    assert.equal(certificate, 'e1')
    assert.deepEqual(
      candidates.map(({ id, why }) => [id, why]),
      [
        ['e1', 'a full host name wins over a wildcard'],
        ['e2', 'a wildcard; `e1` names the host in full'],
      ],
    )
  })

  test('shows an entry once, by its full name if it has one', () => {
    const { candidates, reason } = snapshotOf({ host: ['*', 'a', 'A.'] }).explain('a', 443, NO_GROUPS, NOW)
    assert.deepEqual(
      candidates.map(({ id, rule }) => [id, rule]),
      [['e1', 'full']],
    )
    assert.equal(reason, '`e1` is the only entry that matches: it names the host in full')
  })

  test('holds the error of a winner that cannot be used', () => {
    const error = new CerthopError('passphrase_wrong', 'x')
    const explanation = snapshotOf({ host: 'a', error }).explain('a', 443, NO_GROUPS, NOW)
    assert.deepEqual([explanation.certificate, explanation.usable, explanation.error], ['e1', false, error])
  })
})

/** The rules of the interface (3.2), written as they are read. */
function naiveWinner(
  entries: readonly Entry[],
  host: string,
  port: number,
  groups: readonly string[],
  now: number,
): string {
  const candidates = entries.flatMap(entry => {
    const matching = entry.patterns.filter(pattern => pattern.matches(host))
    if (entry.groups !== null && !entry.groups.some(group => groups.includes(group))) return []
    const begun = entry.facts === null || entry.facts.notBefore <= now
    if (matching.length === 0 || !begun || (entry.port !== null && entry.port !== port)) return []
    return [{ entry, isFull: matching.some(pattern => pattern.host !== null) }]
  })
  const wins = (a: (typeof candidates)[number], b: typeof a) => {
    if (a.isFull !== b.isFull) return a.isFull
    const [timeA, timeB] = [a.entry.addedAt ?? 0, b.entry.addedAt ?? 0]
    return timeA === timeB ? a.entry.position > b.entry.position : timeA > timeB
  }
  const best = candidates.find(one => candidates.every(other => other === one || wins(one, other)))
  if (best === undefined) return 'none'
  return `${best.entry.id} ${best.isFull ? 'full' : 'wildcard'} ${(best.entry.facts?.notAfter ?? now) < now}`
}

test('selection and explanation follow the rules for any registry, host, port, groups and time, in any order of questions', () => {
  const host = fc.constantFrom('a.x', 'b.x', 'a.b.x', 'x', 'y')
  const pattern = fc.constantFrom('a.x', 'b.x', '*.x', '*', 'a.*', '{a,b}.x', '{a.x,*.b.x}', '?.x', 'y', '**')
  const time = fc.integer({ min: 1, max: 5 })
  const wanted = fc.record({
    host: fc.array(pattern, { minLength: 1, maxLength: 3 }),
    port: fc.constantFrom(null, null, 443, 8443),
    groups: fc.constantFrom(null, null, ['g'], ['h'], ['g', 'h']),
    addedAt: time,
    notBefore: fc.constantFrom(0, 0, 2, 3),
    notAfter: fc.constantFrom(9, 9, 3, 4),
  })
  const question = fc.tuple(
    host,
    fc.constantFrom(443, 8443, 1),
    fc.constantFrom([], [], ['g'], ['h', 'g'], ['i']),
    time,
  )
  fc.assert(
    fc.property(
      fc.array(wanted, { maxLength: 8 }),
      fc.boolean(),
      fc.array(question, { minLength: 1, maxLength: 12 }),
      (all, hasTimes, questions) => {
        const entries = makeEntries(all.map(each => ({ ...each, addedAt: hasTimes ? each.addedAt : null })))
        const snapshot = new Snapshot(1, entries)
        for (const [name, port, groups, now] of questions) {
          const selection = snapshot.select(name, port, groups, now)
          const expired = selection.error !== null
          const selected =
            selection.entry === null ? 'none' : `${selection.entry.id} ${selection.rule} ${expired}`
          assert.equal(selected, naiveWinner(entries, name, port, groups, now))
          assert.equal(selection.identity, expired ? null : (selection.entry?.identity ?? null))
          const explanation = snapshot.explain(name, port, groups, now)
          assert.equal(explanation.certificate, selection.entry?.id ?? null)
          assert.equal(explanation.rule, selection.rule)
          assert.deepEqual(
            explanation.candidates.map(({ wins }) => wins),
            explanation.candidates.map((_, index) => index === 0),
          )
          assert.equal(explanation.candidates[0]?.id ?? null, selection.entry?.id ?? null)
        }
      },
    ),
    trials(3000),
  )
})

describe('the cache of hosts', () => {
  test('keeps what is used and never holds more than it may', () => {
    const cache = new HostCache<number>(100)
    assert.equal(cache.get('never-set'), undefined)
    assert.equal(cache.size, 0)
    for (let i = 0; i < 10_000; i += 1) {
      cache.set(`host${i}`, i)
      assert.equal(cache.get('host0'), 0)
      assert(cache.size <= 100)
    }
    assert.equal(cache.get('host1'), undefined)
    assert.equal(cache.get('host9999'), 9999)
  })

  test('holds at least half of what it may, each host once', () => {
    const cache = new HostCache<number>(4)
    for (const host of ['a', 'b', 'c']) cache.set(host, 1)
    assert.equal(cache.get('a'), 1)
    assert.equal(cache.size, 3)
    const large = new HostCache<number>(100)
    for (let i = 0; i < 100; i += 1) large.set(`host${i}`, i)
    for (let i = 50; i < 100; i += 1) assert.equal(large.get(`host${i}`), i)
  })

  test('holds no more than two when it may hold two', () => {
    const cache = new HostCache<number>(2)
    for (let i = 0; i < 10; i += 1) {
      cache.set(`host${i}`, i)
      assert(cache.size <= 2)
    }
  })
})
