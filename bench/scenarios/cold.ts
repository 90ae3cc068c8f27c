import { SMALL } from '../load/exchange.ts'
import type { Load } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'
import { direct } from '../trials/direct.ts'
import { loadedPeers } from '../trials/loaded.ts'

const LOAD = {
  way: 'tunnel',
  exchange: SMALL,
  connections: 1,
  lifetime: 'process',
  rate: null,
} satisfies Load

const { contenders, absent } = loadedPeers(LOAD)

/** What a check waits for that is a program of its own: its TLS handshake is with the proxy, which has a connection already. */
export const cold: Scenario = {
  name: 'cold',
  description: 'the only request of a new process (curl, https://), one after the other',
  quantities: ['p50', 'p99', 'cpu', 'others'],
  baselines: ['direct'],
  comparison: 'difference',
  contenders: [direct(LOAD), ...contenders],
  absent,
  quick: false,
}
