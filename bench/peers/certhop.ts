import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Job, Peer } from '../peer.ts'
import { startReadyServer } from '../ready-server.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * certhop, started as users start it. The registry holds a decoy that matches as well and must not win.
 * With `profileFolder`, Node's CPU profile is left there.
 */
export function certhop(profileFolder?: string): Peer {
  const node = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  return {
    name: 'certhop',
    ways: ['absolute', 'tunnel'],
    version: () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
    async start(job) {
      const settings = await writeSettings(job)
      return startReadyServer(job.core, [
        ...node,
        join(ROOT, 'bin/certhop.js'),
        'serve',
        '--config',
        settings,
      ])
    },
  }
}

async function writeSettings({
  folder,
  host,
  port,
  credentials: { client, decoy, ca },
}: Job): Promise<string> {
  const path = join(folder, 'certhop.yaml')
  const registry = join(folder, 'registry.yaml')
  const settings = {
    version: 1,
    listen: { port: 0 },
    admin: 'off',
    registry,
    stateDirectory: join(folder, 'state'),
    authority: 'persistent',
    resolve: { [host]: `127.0.0.1:${port}` },
    shutdownTimeout: '1s',
    log: { level: 'warn', access: false },
  }
  const certificates = [
    { id: 'client', host, ...client, ca },
    { id: 'decoy', host: host.replace(/^[^.]+/, '*'), ...decoy, ca },
  ]
  // JSON is YAML.
  await writeFile(path, JSON.stringify(settings))
  await writeFile(registry, JSON.stringify({ version: 1, certificates }))
  return path
}
