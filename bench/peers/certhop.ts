import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { startReadyServer } from '../system/ready-server.ts'
import { ROOT } from '../test-bed/package.ts'
import type { Job, Peer, RunningPeer } from './peer.ts'

export interface RegistryEntry {
  readonly id: string
  readonly host: string | readonly string[]
  readonly cert: string
  readonly key: string
  readonly ca?: string
}

export interface Variant {
  /** Run from the sources, as in a checkout, and not bundled, as it is published. */
  readonly fromSource?: boolean
  /** Left out: one for the host, and a decoy that matches as well and must not win. */
  readonly entries?: (job: Job) => Promise<readonly RegistryEntry[]>
  readonly accessLog?: boolean
  /** With the admin plane, as it is by default, and so with metrics. */
  readonly admin?: boolean
  /** Left out: 1. */
  readonly workers?: number
}

/** As users start it. */
export const certhop: Peer = variant('certhop', {})

export function variant(name: string, options: Variant): Peer {
  return {
    name,
    program: 'certhop',
    ways: { absolute: true, tunnel: true, 'tunnel-h2': true, blind: true },
    version: () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
    install: 'npm ci',
    start: job => start(job, options),
  }
}

async function start(job: Job, options: Variant): Promise<RunningPeer> {
  const { folder, core, profileFolder } = job
  const entries = options.entries ?? withDecoy
  await writeFile(join(folder, 'registry.yaml'), registryText(folder, await entries(job)))
  await writeFile(join(folder, 'certhop.yaml'), JSON.stringify(settings(job, options)))
  const program = join(options.fromSource ? ROOT : job.packageFolder, 'bin/certhop.js')
  const profile = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  // Not beside the registry, where every write would have the folder looked at.
  const logs = join(folder, 'logs')
  await mkdir(logs, { recursive: true })
  const log = options.accessLog ? join(logs, 'access.log') : null
  const workers = options.workers === undefined ? [] : ['--workers', String(options.workers)]
  const args = [...profile, program, 'serve', '--config', join(folder, 'certhop.yaml'), ...workers]
  return { ...(await startReadyServer(core, args, log === null ? {} : { stderr: log })), log }
}

/** As users write it, for a registry in `folder`. */
export function registryText(folder: string, certificates: readonly RegistryEntry[]): string {
  const entries = certificates.map(({ id, host, ...paths }) => {
    const files = Object.entries(paths).map(([key, path]) => `    ${key}: ${relative(folder, path)}\n`)
    // JSON is YAML.
    return `  - id: ${id}\n    host: ${JSON.stringify(host)}\n${files.join('')}`
  })
  return `version: 1\ncertificates:\n${entries.join('')}`
}

export async function withDecoy({ host, credentials: { client, decoy, ca } }: Job): Promise<RegistryEntry[]> {
  return [
    { id: 'client', host, cert: client.cert, key: client.key, ca },
    { id: 'decoy', host: host.replace(/^[^.]+/, '*'), cert: decoy.cert, key: decoy.key, ca },
  ]
}

function settings(
  { folder, host, blindHost, port }: Job,
  { accessLog = false, admin = false }: Variant,
): object {
  const address = `127.0.0.1:${port}`
  return {
    version: 1,
    listen: { port: 0 },
    admin: admin ? { port: 0 } : 'off',
    registry: join(folder, 'registry.yaml'),
    stateDirectory: join(folder, 'state'),
    resolve: { [host]: address, [blindHost]: address },
    upstream: { idleTimeout: '1h' },
    shutdownTimeout: '1s',
    log: { level: accessLog ? 'info' : 'warn', access: accessLog },
  }
}
