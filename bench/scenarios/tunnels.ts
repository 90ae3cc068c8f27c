import { DOWNLOAD, SMALL } from '../load/exchange.ts'
import type { Scenario } from '../scenario.ts'
import { loadedPeers } from '../trials/loaded.ts'
import { LOADED } from './columns.ts'

/** What a check does whose runner is started anew for every run. Shows the price of a handshake. */
export const tunnels: Scenario = {
  name: 'tunnels',
  description: '100-byte answers, each through a new tunnel (CONNECT, full TLS handshake), 8 at a time',
  quantities: LOADED,
  baselines: ['squid'],
  comparison: 'ratio',
  ...loadedPeers({ way: 'tunnel', exchange: SMALL, connections: 8, lifetime: 'request', rate: null }),
  quick: true,
}

/** What a check does whose runner stays. Shows the price of a message between two TLS connections. */
export const keptTunnels: readonly Scenario[] = [
  {
    name: 'tunnel-kept-h1',
    description: '100-byte answers through 32 kept tunnels, HTTP/1.1',
    quantities: LOADED,
    baselines: ['squid'],
    comparison: 'ratio',
    ...loadedPeers({ way: 'tunnel', exchange: SMALL, connections: 32, lifetime: 'kept', rate: null }),
    quick: true,
  },
  {
    name: 'tunnel-kept-h2',
    description: '100-byte answers through 32 kept tunnels, HTTP/2',
    quantities: LOADED,
    baselines: ['mitmproxy'],
    comparison: 'ratio',
    ...loadedPeers({ way: 'tunnel-h2', exchange: SMALL, connections: 32, lifetime: 'kept', rate: null }),
    quick: true,
  },
]

/** What is not for certhop: the client shows its own certificate. Shows the price of a byte that is not looked at. */
export const blind: Scenario = {
  name: 'blind',
  description: '10 MB answers through 4 kept tunnels that stay closed',
  quantities: LOADED,
  baselines: ['squid'],
  comparison: 'ratio',
  ...loadedPeers({ way: 'blind', exchange: DOWNLOAD, connections: 4, lifetime: 'kept', rate: null }),
  quick: true,
}
