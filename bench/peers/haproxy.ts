import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installedVersion } from '../system/installed.ts'
import { PinnedProcess } from '../system/pinned-process.ts'
import { accepts, freePort } from '../system/tcp-port.ts'
import type { Job, Peer } from './peer.ts'

const NO_TUNNELS = 'opens no tunnels'

/** The other reverse proxy in C, set up for one server. */
export const haproxy: Peer = {
  name: 'haproxy',
  program: 'haproxy',
  ways: { absolute: true, tunnel: NO_TUNNELS, 'tunnel-h2': NO_TUNNELS, blind: 'dials no host of a CONNECT' },
  version: () => installedVersion('haproxy', '-v', /version (\d[\d.]*)/),
  install: 'apt-get install haproxy',
  async start(job) {
    const port = await freePort()
    const file = join(job.folder, 'haproxy.cfg')
    await writeFile(file, configuration(job, port))
    const process = new PinnedProcess(job.core, ['haproxy', '-db', '-q', '-f', file])
    await process.until(() => accepts(port))
    return {
      url: `http://127.0.0.1:${port}`,
      authority: null,
      pid: process.pid,
      startedAt: process.startedAt,
      log: null,
      metrics: null,
      stop: () => process.stop('SIGUSR1'),
    }
  },
}

/** Servers want the path alone, and HAProxy would pass on the whole URL. */
function configuration({ host, port, credentials: { client, ca } }: Job, listen: number): string {
  return `
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 10s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
frontend runners
  bind 127.0.0.1:${listen}
  http-request set-uri %[pathq]
  default_backend api
backend api
  http-reuse always
  server api 127.0.0.1:${port} ssl crt ${client.both} ca-file ${ca} verify required verifyhost ${host} sni str(${host}) ssl-min-ver TLSv1.2 pool-max-conn -1 pool-purge-delay 1h
`
}
