import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startReadyServer } from '../system/ready-server.ts'
import type { Job, Peer } from './peer.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** certhop, started as users start it. The registry holds a decoy that matches as well and must not win. */
export const certhop: Peer = {
  name: 'certhop',
  ways: { absolute: true, tunnel: true, 'tunnel-h2': true, blind: true },
  version: () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
  install: 'npm ci',
  async start(job) {
    const { core, profileFolder } = job
    const node = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
    const settings = await writeSettings(job)
    return startReadyServer(core, [...node, join(ROOT, 'bin/certhop.js'), 'serve', '--config', settings])
  },
}

async function writeSettings(job: Job): Promise<string> {
  const { folder, host, blindHost, port, credentials } = job
  const path = join(folder, 'certhop.yaml')
  const registry = join(folder, 'registry.yaml')
  const address = `127.0.0.1:${port}`
  const settings = {
    version: 1,
    listen: { port: 0 },
    registry,
    stateDirectory: join(folder, 'state'),
    authority: 'persistent',
    resolve: { [host]: address, [blindHost]: address },
    shutdownTimeout: '1s',
    log: { level: 'warn', access: false },
  }
  const { client, decoy, ca } = credentials
  const certificates = [
    { id: 'client', host, cert: client.cert, key: client.key, ca },
    { id: 'decoy', host: host.replace(/^[^.]+/, '*'), cert: decoy.cert, key: decoy.key, ca },
  ]
  // JSON is YAML.
  await writeFile(path, JSON.stringify(settings))
  await writeFile(registry, JSON.stringify({ version: 1, certificates }))
  return path
}
