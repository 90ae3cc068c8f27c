import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installedVersion } from '../system/installed.ts'
import { PinnedProcess } from '../system/pinned-process.ts'
import { accepts, freePort } from '../system/tcp-port.ts'
import { writeOwnAuthority } from './own-authority.ts'
import type { Job, Peer } from './peer.ts'

const ADDON = fileURLToPath(new URL('mitmproxy-addon.py', import.meta.url))

/** The intercepting proxy that people know, in Python; `mitmdump` is its form without a screen. */
export const mitmproxy: Peer = {
  name: 'mitmproxy',
  program: 'mitmproxy',
  ways: { absolute: true, tunnel: true, 'tunnel-h2': true, blind: true },
  version: () => installedVersion('mitmdump', '--version', /Mitmproxy: (\S+)/),
  install: 'apt-get install mitmproxy',
  async start(job) {
    const port = await freePort()
    const { cert: authority, both } = await writeOwnAuthority(job.folder, 'mitmproxy')
    // Where it looks for its own. Its leaves have the authority's key: EC P-256, as everybody's.
    await copyFile(both, join(job.folder, 'mitmproxy-ca.pem'))
    const process = new PinnedProcess(job.core, ['mitmdump', '--quiet', '-s', ADDON, ...options(job, port)])
    await process.until(() => accepts(port))
    return {
      url: `http://127.0.0.1:${port}`,
      authority,
      pid: process.pid,
      startedAt: process.startedAt,
      log: null,
      metrics: null,
      stop: () => process.stop(),
    }
  },
}

function options({ folder, port, blindHost, credentials: { client, ca } }: Job, listen: number): string[] {
  const options = {
    listen_host: '127.0.0.1',
    listen_port: listen,
    confdir: folder,
    client_certs: client.both,
    ssl_verify_upstream_trusted_ca: ca,
    ignore_hosts: `^${blindHost.replaceAll('.', '\\.')}`,
    stream_large_bodies: '64k',
    flow_detail: 0,
    api_port: port,
  }
  return Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${value}`])
}
