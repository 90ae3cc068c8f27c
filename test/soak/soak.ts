import assert from 'node:assert/strict'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Certhop } from '../support/certhop.ts'
import { createAuthority } from '../support/certificates.ts'
import { createBilingualServer } from '../support/http2.ts'
import { LANE_WAYS } from '../support/lanes.ts'
import { clientName, closedPort, listen, startHttpsServer } from '../support/servers.ts'
import { memorySlope, type Sample, sampleProcess } from './process-samples.ts'
import {
  abandoning,
  BLIND,
  BROKEN,
  DEAD,
  type Exchange,
  failing,
  HOSTS,
  overLane,
  overWebSocket,
  throughBlindTunnel,
  type Way,
} from './traffic.ts'

export interface Soak {
  /** It takes at least so long, and until so many requests were sent. */
  readonly seconds: number
  readonly requests: number
  /**
   * MiB by which memory may grow from the first third to the end. What TLS holds outside the heap is given back by the major
   * collections alone, which are minutes apart under this load: a short run sees the way up.
   */
  readonly growth: number
}

/** Connections that may be left when all runners have gone: those of the registry's watcher and their like come and go. */
const DESCRIPTORS = 8

/**
 * Sends requests of every kind through a certhop process while its registry changes each second. Asserts that every answer is
 * its own and under the right identity, that memory stays flat, and that no descriptor is left behind. Says what it saw.
 */
export async function assertSoak(t: TestContext, { seconds, requests, growth }: Soak): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-soak-'))
  t.after(() => rm(folder, { recursive: true }))
  const root = await createAuthority({ name: 'Root' })
  const ports = await startServers(t, root)
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
    resolve: Object.fromEntries(Object.entries(ports).map(([host, port]) => [host, `127.0.0.1:${port}`])),
    upstream: { idleTimeout: '2s' },
    shutdownTimeout: '5s',
  }
  await writeFile(join(folder, 'certhop.yaml'), JSON.stringify(settings))
  const certhop = new Certhop(['serve', '--config', join(folder, 'certhop.yaml')])
  t.after(() => certhop.command.stop())
  const proxyPort = Number(new URL(await certhop.proxyUrl()).port)
  const authority = await readFile(join(folder, 'state', 'ca.pem'), 'utf8')
  const way: Way = { proxyPort, authority, root, lanes: new Set() }

  const { pid } = certhop.command
  const startedAt = performance.now()
  const before = await sampleProcess(pid, startedAt)
  const samples: Sample[] = []
  const counts = new Map<string, number>()
  const wrong: string[] = []
  let sent = 0
  const isOver = () => sent >= requests && performance.now() - startedAt >= seconds * 1000

  async function run(kind: string, exchange: Exchange): Promise<void> {
    while (!isOver() && wrong.length < 10) {
      sent += 1
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      const fault = await exchange(sent).catch(error => `${error.stack}`)
      if (fault !== null) wrong.push(`${kind}: ${fault}`)
    }
  }
  const runners = [
    ...LANE_WAYS.flatMap(kind => Array.from({ length: 6 }, () => run(kind, overLane(kind, way)))),
    run('blind tunnel', throughBlindTunnel(way)),
    run('WebSocket', overWebSocket(way)),
    run('error', failing(way)),
    run('abandoned', abandoning(way)),
  ]
  let reloads = 0
  while (!isOver() && wrong.length < 10) {
    await setTimeout(1000)
    reloads += 1
    await writeRegistry(folder, reloads)
    samples.push(await sampleProcess(pid, startedAt))
  }
  await Promise.all(runners)
  for (const lane of way.lanes) lane.close()
  assert.deepEqual(wrong, [])

  const steady = samples.slice(Math.floor(samples.length / 3))
  const slope = memorySlope(steady)
  const minutes = (steady.at(-1)?.minutes ?? 0) - (steady[0]?.minutes ?? 0)
  const after = await settled(pid, startedAt, before.descriptors + DESCRIPTORS)
  const most = Math.max(...samples.map(({ descriptors }) => descriptors))
  const kinds = Array.from(counts, ([kind, count]) => `${kind} ${count}`).join(', ')
  t.diagnostic(`${sent} requests in ${Math.round((performance.now() - startedAt) / 1000)} s: ${kinds}`)
  t.diagnostic(`${reloads} reloads`)
  t.diagnostic(
    `memory ${before.resident.toFixed(0)} MiB at the start, ${steady[0]?.resident.toFixed(0)} after a third, ` +
      `${samples.at(-1)?.resident.toFixed(0)} at the end; ${slope.toFixed(2)} MiB a minute`,
  )
  t.diagnostic(
    `descriptors ${before.descriptors} at the start, ${most} at most, ${after.descriptors} at the end`,
  )
  assert.ok(slope * minutes < growth, `memory grew by ${slope} MiB a minute`)
  assert.ok(
    after.descriptors <= before.descriptors + DESCRIPTORS,
    `${after.descriptors} descriptors are left`,
  )
  // One entry is broken on purpose, and said to be at each reload.
  const errors = certhop.command.stderr.match(/^.*"level":50.*$/gm) ?? []
  assert.deepEqual(
    errors.filter(line => !line.includes('client_certificate_missing_file')),
    [],
  )
  certhop.command.signal('SIGTERM')
  assert.equal(await certhop.command.exit(), 0)
}

/** A sample once there are at most `descriptors`, or after all timeouts have passed. */
async function settled(pid: number, startedAt: number, descriptors: number): Promise<Sample> {
  for (let attempt = 0; ; attempt += 1) {
    const sample = await sampleProcess(pid, startedAt)
    if (sample.descriptors <= descriptors || attempt === 100) return sample
    await setTimeout(100)
  }
}

/** Servers that answer with who they take the client for, by the host that they are. */
async function startServers(t: TestContext, root: Awaited<ReturnType<typeof createAuthority>>) {
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
  const secured = await listen(t, server)
  const blind = await startHttpsServer(
    t,
    { certificate: await root.server({ name: BLIND }) },
    (request, response) => response.end(`nobody ${request.url}`),
  )
  return {
    [HOSTS[0]]: secured,
    [HOSTS[1]]: secured,
    [BLIND]: blind,
    [DEAD]: await closedPort(),
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
