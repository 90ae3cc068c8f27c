import type { Scenario } from '../scenario.ts'
import { small } from './small.ts'

/** What a check does whose runner is started anew for every run. Shows the price of a handshake. */
export const tunnels: Scenario = {
  name: 'tunnels',
  description: '100-byte responses, each through a new tunnel (CONNECT, full TLS handshake), 8 at a time',
  way: 'tunnel',
  baseline: 'squid',
  path: small.path,
  connections: 8,
  bodyBytes: small.bodyBytes,
  identityIn: small.identityIn,
}
