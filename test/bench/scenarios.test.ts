import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rightSubject } from '../../bench/load/answer.ts'
import { SMALL } from '../../bench/load/exchange.ts'
import { percentile } from '../../bench/load/percentile.ts'
import { PEERS } from '../../bench/peers/peers.ts'
import { SCENARIOS, scenariosNamed } from '../../bench/scenarios/scenarios.ts'

test('scenarios are asked for by name or by family', () => {
  const names = (name: string) => scenariosNamed(name).map(scenario => scenario.name)
  assert.deepEqual(names('small'), ['small-1', 'small-32', 'small-256'])
  assert.deepEqual(names('small-32'), ['small-32'])
  assert.deepEqual(names('tunnels'), ['tunnels'])
  assert.deepEqual(names('smal'), [])
})

test('every scenario is compared with somebody who takes part in it', () => {
  for (const { name, baselines, contenders } of SCENARIOS) {
    const names = contenders.map(contender => contender.name)
    assert.equal(new Set(names).size, names.length, name)
    assert.deepEqual(
      baselines.filter(baseline => !names.includes(baseline)),
      [],
      name,
    )
  }
})

test('a peer that is compared with anybody is in the table or has a reason not to be', () => {
  for (const { name, contenders, absent } of SCENARIOS) {
    const compared = new Set([...contenders.map(({ program }) => program), ...absent.map(each => each.name)])
    const peers = PEERS.filter(peer => compared.has(peer.program)).length
    assert(absent.length === 0 || peers === PEERS.length, name)
  }
})

test('a percentile is a value of the sample', () => {
  const values = [4, 1, 3, 2]
  assert.deepEqual(
    [0, 0.5, 0.99, 1].map(share => percentile(values, share)),
    [1, 3, 4, 4],
  )
  assert.equal(percentile([], 0.5), 0)
})

test('an answer is wrong under another identity, with another status or length, however fast', () => {
  const right = { status: 200, identity: 'CN=first...', bodyBytes: SMALL.responseBytes }
  const subjects = ['CN=other', 'CN=first']
  assert.equal(rightSubject(right, SMALL, subjects), 'CN=first')
  for (const difference of [{ identity: 'CN=third...' }, { status: 502 }, { bodyBytes: 99 }]) {
    assert.equal(rightSubject({ ...right, ...difference }, SMALL, subjects), null)
  }
})
