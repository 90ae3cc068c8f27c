import { SMALL } from '../load/exchange.ts'
import type { Scenario } from '../scenario.ts'
import { loadedPeers } from '../trials/loaded.ts'
import { LOADED } from './columns.ts'

export const USUAL_CONNECTIONS = 32

/** What a check mostly does. Shows the price of a message. */
export const small: readonly Scenario[] = [1, USUAL_CONNECTIONS, 256].map(connections => ({
  name: `small-${connections}`,
  description: `100-byte answers over ${connections} kept ${connections === 1 ? 'connection' : 'connections'}`,
  quantities: LOADED,
  baselines: ['nginx', 'squid'],
  comparison: 'ratio',
  ...loadedPeers({ way: 'absolute', exchange: SMALL, connections, lifetime: 'kept', rate: null }),
  quick: connections === USUAL_CONNECTIONS,
}))
