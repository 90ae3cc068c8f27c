import { rmSync } from 'node:fs'
import { chmod, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../test/support/certificates.ts'
import type { Job } from '../peers/peer.ts'
import type { Cores } from '../system/processor.ts'
import { writeCredentials } from './credentials.ts'
import { Identities } from './identities.ts'
import { buildPackage } from './package.ts'
import { startUpstream } from './upstream.ts'

const HOST = 'api.bench.test'
const BLIND_HOST = 'closed.example.test'

/** What all peers share: the certificates and the server, which run for the whole benchmark. */
export interface TestBed extends AsyncDisposable, Omit<Job, 'folder' | 'core'> {
  readonly cores: Cores
  /** The job as one peer gets it, with a folder of its own. */
  job(name: string): Promise<Job>
}

export async function prepareTestBed(cores: Cores, profileFolder: string | null): Promise<TestBed> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-bench-'))
  // Started by root, Squid becomes a user who has to find its files in here.
  await chmod(folder, 0o711)
  // Not when the bed is disposed of, because an interrupted benchmark disposes of nothing.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const authority = await createAuthority({ name: 'Benchmark CA' })
  const names = [HOST, BLIND_HOST]
  const credentials = await writeCredentials(join(folder, 'credentials'), authority, names)
  const identities = new Identities(join(folder, 'identities'), authority)
  const server = join(folder, 'upstream')
  await mkdir(server)
  const packageFolder = join(folder, 'package')
  await buildPackage(packageFolder)
  const upstream = await startUpstream({
    names,
    credentials,
    folder: server,
    core: cores.load,
  })
  const shared = {
    host: HOST,
    blindHost: BLIND_HOST,
    port: upstream.port,
    credentials,
    identities,
    packageFolder,
    profileFolder,
  }
  return {
    ...shared,
    cores,
    async job(name) {
      const own = await mkdtemp(join(folder, `${name.replaceAll(/[^a-z0-9]+/g, '-')}-`))
      return { ...shared, folder: own, core: cores.measured }
    },
    [Symbol.asyncDispose]: () => upstream.process.stop(),
  }
}
