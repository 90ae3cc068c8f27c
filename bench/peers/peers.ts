import { certhop } from './certhop.ts'
import { haproxy } from './haproxy.ts'
import { httpProxy, httpProxy3 } from './http-proxy.ts'
import { mitmproxy } from './mitmproxy.ts'
import { mockttp } from './mockttp.ts'
import { nginx } from './nginx.ts'
import type { Peer } from './peer.ts'
import { squid } from './squid.ts'

/** In the order of the tables. */
export const PEERS: readonly Peer[] = [
  certhop,
  nginx,
  haproxy,
  squid,
  mitmproxy,
  httpProxy,
  httpProxy3,
  mockttp,
]
