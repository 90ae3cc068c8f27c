import assert from 'node:assert/strict'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Certhop } from '../support/certhop.ts'
import { createAuthority } from '../support/certificates.ts'
import { LANE_WAYS } from '../support/lanes.ts'
import { type NginxAnswer, startMtlsNginx } from '../support/nginx.ts'
import { storm } from '../support/storm.ts'

const REWRITES = 100

for (const workers of [1, 2]) {
  test(`nginx sees the right identity on each of 10,000 interleaved requests, in tunnels and beside them, while the registry file is rewritten 100 times; workers: ${workers}`, t =>
    assertIdentities(t, workers))
}

async function assertIdentities(t: TestContext, workers: number): Promise<void> {
  const root = await createAuthority({ name: 'Root' })
  const certificate = await root.server({ name: 'alpha.example.test', names: ['beta.example.test'] })
  const nginx = await startMtlsNginx([
    { names: ['alpha.example.test', 'beta.example.test'], certificate, clientCa: root.pem, http2: true },
  ])
  t.after(() => nginx.stop())

  const folder = await mkdtemp(join(tmpdir(), 'certhop-storm-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'ca.crt'), root.pem)
  for (const name of ['alpha', 'beta']) {
    for (const version of [0, 1]) {
      const client = await root.client({ name })
      await writeFile(join(folder, `${name}-${version}.crt`), client.pem)
      await writeFile(join(folder, `${name}-${version}.key`), client.key(), { mode: 0o600 })
    }
  }
  async function rewrite(round: number): Promise<void> {
    const certificates = ['alpha', 'beta'].map(name => ({
      id: name,
      host: `${name}.example.test`,
      cert: `${name}-${round % 2}.crt`,
      key: `${name}-${round % 2}.key`,
      ca: 'ca.crt',
    }))
    const others = { ...certificates[round % 2], id: `other-${round}`, host: '*.example.test' }
    const registry = {
      version: 1,
      certificates: [others, ...(round % 2 === 0 ? certificates : certificates.reverse())],
    }
    // As editors and `mv` do it; half-written files are the registry's own tests' business.
    await writeFile(join(folder, 'next.yaml'), JSON.stringify(registry))
    await rename(join(folder, 'next.yaml'), join(folder, 'registry.yaml'))
  }
  await rewrite(0)
  const settings = {
    version: 1,
    listen: { port: 0 },
    stateDirectory: join(folder, 'state'),
    resolve: {
      'alpha.example.test': `127.0.0.1:${nginx.port}`,
      'beta.example.test': `127.0.0.1:${nginx.port}`,
    },
    log: { access: false },
  }
  await writeFile(join(folder, 'certhop.yaml'), JSON.stringify(settings))
  const certhop = new Certhop([
    'serve',
    '--config',
    join(folder, 'certhop.yaml'),
    '--workers',
    String(workers),
  ])
  t.after(() => certhop.command.stop())
  const proxyPort = Number(new URL(await certhop.proxyUrl()).port)

  async function rewriteAll(): Promise<void> {
    for (let round = 1; round <= REWRITES; round += 1) {
      await rewrite(round)
      await certhop.command.errorLine(new RegExp(`"generation":${round + 1},.*registry loaded`))
    }
  }
  const answers = await storm({
    proxyPort,
    hosts: ['alpha.example.test', 'beta.example.test'],
    connections: 64,
    ways: LANE_WAYS,
    authority: await readFile(join(folder, 'state', 'ca.pem'), 'utf8'),
    requests: 10_000,
    during: rewriteAll(),
  })
  assert.ok(answers.length >= 10_000)
  const wrong = answers.filter(({ host, status, body }) => {
    const seen: Partial<NginxAnswer> = status === 200 ? JSON.parse(body) : {}
    return seen.subject !== `CN=${host.split('.')[0]}` || seen.serverName !== host || seen.host !== host
  })
  assert.deepEqual(wrong, [])
  const protocols = Map.groupBy(answers, ({ way, body }) => `${way}: ${JSON.parse(body).protocol}`)
  assert.deepEqual([...protocols.keys()].sort(), [
    'CONNECT, HTTP/1.1: HTTP/1.1',
    'CONNECT, HTTP/2: HTTP/2.0',
    'CONNECT, clear text: HTTP/1.1',
    'absolute-form: HTTP/1.1',
  ])
}
