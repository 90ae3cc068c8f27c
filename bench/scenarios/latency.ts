import { SMALL } from '../load/exchange.ts'
import type { Load } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { direct } from '../trials/direct.ts'
import { loadedPeers } from '../trials/loaded.ts'

const LOAD = { way: 'absolute', exchange: SMALL, connections: 1, lifetime: 'kept', rate: 100 } satisfies Load

const { contenders, absent } = loadedPeers(LOAD)

const asleep: Scenario = {
  name: 'latency',
  description: '100-byte answers over one kept connection, 100 a second',
  quantities: ['p50', 'p99', 'p999', 'cpu', 'others'],
  baselines: ['direct'],
  comparison: 'difference',
  contenders: [direct(LOAD), ...contenders],
  absent,
  quick: false,
}

/** What a check waits for when nobody is in a hurry: with processors that fall asleep between two requests, and without. */
export const latency: readonly Scenario[] = [
  asleep,
  {
    ...asleep,
    name: 'latency-awake',
    description: `${asleep.description}, on processors that do not sleep in between`,
    // What keeps them awake would count as others.
    quantities: ['p50', 'p99', 'p999', 'cpu'],
    isKeptAwake: true,
  },
]
