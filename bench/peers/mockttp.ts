import { startReadyServer } from '../system/ready-server.ts'
import { INSTALL, packageVersion, program } from './npm-package.ts'
import { writeOwnAuthority } from './own-authority.ts'
import type { Peer } from './peer.ts'

/** The intercepting proxy of the Node world. */
export const mockttp: Peer = {
  name: 'mockttp',
  program: 'mockttp',
  ways: { absolute: true, tunnel: true, 'tunnel-h2': true, blind: true },
  version: () => packageVersion('mockttp'),
  install: INSTALL,
  async start({ core, folder, host, blindHost, port, credentials: { client, ca } }) {
    const { cert, key } = await writeOwnAuthority(folder, 'mockttp')
    const job = { host, blindHost, port, client, ca, authority: cert, key }
    return startReadyServer(core, [program('mockttp-server.js'), JSON.stringify(job)])
  },
}
