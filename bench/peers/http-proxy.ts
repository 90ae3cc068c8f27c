import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Peer } from '../peer.ts'
import { startReadyServer } from '../ready-server.ts'

const SERVER = fileURLToPath(new URL('http-proxy-server.ts', import.meta.url))

/** What a proxy in Node usually is made of. */
export const httpProxy: Peer = {
  name: 'http-proxy',
  ways: ['absolute'],
  version: () => createRequire(import.meta.url)('http-proxy/package.json').version,
  start: ({ core, host, port, credentials: { client, ca } }) =>
    startReadyServer(core, [SERVER, `https://127.0.0.1:${port}`, host, client.cert, client.key, ca]),
}
