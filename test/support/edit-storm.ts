import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { createAuthority } from './certificates.ts'
import { ROOT, runCommand } from './command.ts'
import { startBilingualServer } from './http2.ts'
import { LANE_WAYS } from './lanes.ts'
import { startProxy } from './proxy.ts'
import { storm } from './storm.ts'

const EDITOR = `${ROOT}test/support/registry-editor.ts`
const HOSTS = ['alpha.example.test', 'beta.example.test'] as const

interface EditStorm {
  /** Processes that change the registry at the same time. */
  readonly editors: number
  /** How many certificates each of them adds; it removes every third again. A multiple of three. */
  readonly additions: number
}

/**
 * Asserts that a registry holds exactly what should be there after processes added and removed certificates at the same
 * time, beside a proxy that runs under load, and that every request meanwhile went out as whom it should.
 */
export async function assertEditsAreKept(t: TestContext, { editors, additions }: EditStorm): Promise<void> {
  const root = await createAuthority({ name: 'Root' })
  const server = await root.server({ name: HOSTS[0], names: [HOSTS[1]] })
  const clients = [await root.client({ name: 'alpha' }), await root.client({ name: 'beta' })] as const
  const port = await startBilingualServer(
    t,
    { certificate: server, clientAuthority: root },
    (request, response) => {
      const { subject = '' } = (request.socket as TLSSocket).getPeerX509Certificate() ?? {}
      request.resume().on('end', () => response.end(subject))
    },
  )
  const entries = HOSTS.map((host, index) => ({
    id: `entry-${index}`,
    host,
    certificate: clients[index] ?? clients[0],
    ca: root,
  }))
  const proxy = await startProxy(t, entries, {
    resolve: Object.fromEntries(HOSTS.map(host => [host, `127.0.0.1:${port}`])),
    log: { access: false, level: 'warn' },
  })

  const registry = join(proxy.folder, 'registry.yaml')
  const written = JSON.parse(await readFile(registry, 'utf8')).certificates
  const start = [
    '# of the file',
    'version: 1 # of the version',
    'certificates:',
    ...written.flatMap((entry: { id: string }) => [
      `  # above ${entry.id}`,
      `  - ${JSON.stringify(entry)} # of ${entry.id}`,
    ]),
  ].join('\n')
  await writeFile(registry, `${start}\n\n# at the end\n`)
  const pem = join(proxy.folder, 'pair.pem')
  await writeFile(pem, clients[0].chain + clients[0].key(), { mode: 0o600 })

  const prefixes = Array.from({ length: editors }, (_, index) => `editor-${index}`)
  const editing = Promise.all(
    prefixes.map(prefix => runCommand(process.execPath, [EDITOR, registry, prefix, String(additions), pem])),
  )
  const answers = await storm({
    proxyPort: proxy.port,
    hosts: HOSTS,
    connections: 12,
    ways: LANE_WAYS,
    authority: await readFile(proxy.app.trustFiles.certificate, 'utf8'),
    requests: 500,
    during: editing,
  })

  for (const outcome of await editing) assert.deepEqual(outcome, { status: 0, stdout: '', stderr: '' })
  const failed = answers.filter(
    ({ host, status, body }) => status !== 200 || body !== `CN=${host.split('.')[0]}`,
  )
  assert.deepEqual(failed, [])

  const text = await readFile(registry, 'utf8')
  assert(text.startsWith(`${start}\n`), 'what stood there stands there')
  assert(text.endsWith('\n\n# at the end\n'))
  const kept = Array.from({ length: additions }, (_, number) => number).filter(number => number % 3 !== 0)
  const expected = prefixes.flatMap(prefix => kept.map(number => `${prefix}-${number}`)).sort()
  assert(await proxy.app.reload('request'))
  const inForce = proxy.app.registry.current.entries
  assert.deepEqual(inForce.map(({ id }) => id).sort(), [...entries.map(({ id }) => id), ...expected].sort())
  assert(inForce.every(({ error, stale }) => error === null && stale === null))
  assert.deepEqual((await readdir(join(proxy.folder, 'certs'))).sort(), expected)
  const leftovers = (await readdir(proxy.folder)).filter(name => /\.lock|\.tmp$/.test(name))
  assert.deepEqual(leftovers, [])
}
