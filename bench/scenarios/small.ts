import { SMALL } from '../load/exchange.ts'
import type { Load } from '../load/load.ts'
import type { Way } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { loadedPeers } from '../trials/loaded.ts'
import { LOADED } from './columns.ts'

export const USUAL_CONNECTIONS = 32

/** Of `small-32`, for what is measured beside it. */
export const USUAL_LOAD = smallLoad(USUAL_CONNECTIONS)

/** What a check mostly does. Shows the price of a message. */
export const small: readonly Scenario[] = [1, USUAL_CONNECTIONS, 256].map(connections => ({
  name: `small-${connections}`,
  description: `100-byte answers over ${connections} kept ${connections === 1 ? 'connection' : 'connections'}`,
  quantities: LOADED,
  baselines: ['nginx', 'squid'],
  comparison: 'ratio',
  ...loadedPeers(smallLoad(connections)),
  quick: connections === USUAL_CONNECTIONS,
}))

function smallLoad(connections: number): Load & { way: Way } {
  return { way: 'absolute', exchange: SMALL, connections, lifetime: 'kept', rate: null }
}
