import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { ROOT, RunningCommand, shell } from '../support/command.ts'
import { createBilingualServer } from '../support/http2.ts'
import { clientName, closedPort, listen, startHttpsServer } from '../support/servers.ts'
import { BLIND, BROKEN, DEAD, HOSTS, type Way } from './traffic.ts'

/** A certhop process with the probe and the census in it, its registry, and servers for all hosts of the traffic. */
export interface Scene {
  readonly certhop: RunningCommand
  readonly way: Way
  /** Changes the registry. */
  change(): Promise<void>
}

export async function setScene(t: TestContext): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-soak-'))
  t.after(() => rm(folder, { recursive: true }))
  const root = await createAuthority({ name: 'Root' })
  await writeFile(join(folder, 'ca.crt'), root.pem)
  for (const name of ['alpha', 'beta']) {
    for (const version of [0, 1]) {
      const client = await root.client({ name })
      await writeFile(join(folder, `${name}-${version}.crt`), client.pem)
      await writeFile(join(folder, `${name}-${version}.key`), client.key(), { mode: 0o600 })
    }
  }
  await writeRegistry(folder, 0)
  const settings = {
    ...{ version: 1, listen: { port: 0 }, stateDirectory: 'state', log: { access: false, level: 'warn' } },
    admin: 'off',
    resolve: await startServers(t, root),
    upstream: { idleTimeout: '2s' },
    shutdownTimeout: '5s',
  }
  await writeFile(join(folder, 'certhop.yaml'), JSON.stringify(settings))
  const certhop = startCerthop(folder)
  t.after(() => certhop.stop())
  const ready = JSON.parse(await certhop.line(/^\{"event":"ready"/))
  const way: Way = {
    proxyPort: Number(new URL(ready.proxy).port),
    authority: await readFile(ready.authority, 'utf8'),
    root,
    lanes: new Set(),
  }
  let round = 0
  const change = () => {
    round += 1
    return writeRegistry(folder, round)
  }
  return { certhop, way, change }
}

function startCerthop(folder: string): RunningCommand {
  const loaded = ['../support/probe.ts', './census.ts'].map(
    file => `--import=${new URL(file, import.meta.url)}`,
  )
  const env = { ...shell(), NODE_OPTIONS: `--expose-gc ${loaded.join(' ')}` }
  const args = [`${ROOT}bin/certhop.js`, 'serve', '--config', join(folder, 'certhop.yaml')]
  return new RunningCommand(process.execPath, args, { env, answers: true })
}

/** Servers that answer with who they take the client for. Resolves with their addresses by the hosts that they are. */
async function startServers(t: TestContext, root: Certificate): Promise<Record<string, string>> {
  const setup = {
    certificate: await root.server({ name: HOSTS[0], names: [HOSTS[1]] }),
    clientAuthority: root,
  }
  const server = createBilingualServer(setup, (request, response) => {
    request.resume().on('end', () => response.end(`${clientName(request.socket)} ${request.url}`))
  })
  server.on('upgrade', (_request, socket: Socket) => {
    socket.on('error', () => {}).on('end', () => socket.end())
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.on('data', message => socket.write(`${clientName(socket)} ${message}`))
  })
  const secured = `127.0.0.1:${await listen(t, server)}`
  const blind = await startHttpsServer(
    t,
    { certificate: await root.server({ name: BLIND }) },
    (request, response) => response.end(`nobody ${request.url}`),
  )
  return {
    [HOSTS[0]]: secured,
    [HOSTS[1]]: secured,
    [BLIND]: `127.0.0.1:${blind}`,
    // Of an address that others on this machine rarely listen at: sooner or later somebody is given the port.
    [DEAD]: `127.0.0.2:${await closedPort()}`,
  }
}

/** Both certificates change in every round, and so do the number and the place of the entries. */
async function writeRegistry(folder: string, round: number): Promise<void> {
  const certificates = HOSTS.map(host => {
    const id = host.split('.')[0] ?? ''
    return { id, host, cert: `${id}-${round % 2}.crt`, key: `${id}-${round % 2}.key`, ca: 'ca.crt' }
  })
  const broken = { id: 'broken', host: BROKEN, cert: 'missing.crt', key: 'missing.key' }
  const other = { ...certificates[round % 2], id: `other-${round}`, host: '*.example.test' }
  const registry = {
    version: 1,
    certificates: [other, broken, ...(round % 2 === 0 ? certificates : certificates.reverse())],
  }
  await writeFile(join(folder, 'next.yaml'), JSON.stringify(registry))
  await rename(join(folder, 'next.yaml'), join(folder, 'registry.yaml'))
}
