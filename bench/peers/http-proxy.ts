import { startReadyServer } from '../system/ready-server.ts'
import { INSTALL, packageVersion, program } from './npm-package.ts'
import type { Peer } from './peer.ts'

const NO_TUNNELS = 'answers no CONNECT'

/** What a proxy in Node usually is made of, and its successor. */
export const httpProxy = peer('http-proxy')
export const httpProxy3 = peer('http-proxy-3')

function peer(name: string): Peer {
  return {
    name,
    program: name,
    ways: { absolute: true, tunnel: NO_TUNNELS, 'tunnel-h2': NO_TUNNELS, blind: NO_TUNNELS },
    version: () => packageVersion(name),
    install: INSTALL,
    start({ core, host, port, credentials: { client, ca } }) {
      const target = `https://127.0.0.1:${port}`
      return startReadyServer(core, [
        program('http-proxy-server.js'),
        ...[name, target, host, client.cert, client.key, ca],
      ])
    },
  }
}
