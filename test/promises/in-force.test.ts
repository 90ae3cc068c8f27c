import assert from 'node:assert/strict'
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'
import { storm } from '../support/storm.ts'

const HOST = 'api.example.test'
const IN_FORCE_MS = 1000

const ENTRY = { id: 'entry', host: HOST, cert: 'client.crt', key: 'client.key', ca: 'root.crt' }

/** certhop with an entry `fallback` for a wildcard, a server that answers who came, and requests that go on until the test ends. */
async function start(test: TestContext) {
  const root = await createAuthority({ name: 'Root' })
  const certificate = await root.server({ name: HOST })
  const port = await startHttpsServer(test, { certificate, clientAuthority: root }, (request, response) => {
    request.resume().on('end', () => response.end(clientName(request.socket)))
  })
  const fallback = await root.client({ name: 'fallback' })
  const proxy = await startProxy(
    test,
    [{ id: 'fallback', host: '*.example.test', certificate: fallback, ca: root }],
    { resolve: { [HOST]: `127.0.0.1:${port}` }, log: { access: false } },
  )
  await writeFile(join(proxy.folder, 'root.crt'), root.pem)
  const { promise: over, resolve: end } = Promise.withResolvers<void>()
  const traffic = storm({ proxyPort: proxy.port, hosts: [HOST], connections: 4, requests: 0, during: over })
  return {
    proxy,
    root,
    async finish() {
      end()
      const failed = (await traffic).filter(({ status }) => status !== 200)
      assert.deepEqual(failed, [], 'no request of the traffic failed')
    },
  }
}

async function whoIsSeen(proxy: TestProxy): Promise<string | undefined> {
  const [answer] = await storm({
    proxyPort: proxy.port,
    hosts: [HOST],
    connections: 1,
    requests: 1,
    during: Promise.resolve(),
  })
  return answer?.body
}

async function assertBecomes(expected: string, proxy: TestProxy, change: () => Promise<void>): Promise<void> {
  await change()
  const changed = performance.now()
  while ((await whoIsSeen(proxy)) !== expected) {
    const waited = performance.now() - changed
    assert.ok(waited < IN_FORCE_MS, `${expected} was not in force after ${waited} ms`)
  }
  for (let count = 0; count < 20; count += 1) assert.equal(await whoIsSeen(proxy), expected)
}

async function writePair(folder: string, root: Certificate, name: string): Promise<void> {
  const client = await root.client({ name })
  await writeFile(join(folder, 'client.crt'), client.pem)
  await writeFile(join(folder, 'client.key'), client.key(), { mode: 0o600 })
}

/** Adds `entry` to the registry as it was written first, or removes it with null, by renaming a new file into place. */
async function registryEditor(folder: string): Promise<(entry: object | null) => Promise<void>> {
  const registry = JSON.parse(await readFile(join(folder, 'registry.yaml'), 'utf8'))
  return async entry => {
    const certificates = [...registry.certificates, ...(entry === null ? [] : [entry])]
    await writeFile(join(folder, 'next.yaml'), JSON.stringify({ ...registry, certificates }))
    await rename(join(folder, 'next.yaml'), join(folder, 'registry.yaml'))
  }
}

test('an entry that is added, gets a new key pair in place, and is removed, is in force within a second each time', async t => {
  const { proxy, root, finish } = await start(t)
  const edit = await registryEditor(proxy.folder)
  assert.equal(await whoIsSeen(proxy), 'fallback')
  await writePair(proxy.folder, root, 'first')
  await assertBecomes('first', proxy, () => edit(ENTRY))
  await assertBecomes('second', proxy, () => writePair(proxy.folder, root, 'second'))
  await assertBecomes('fallback', proxy, () => edit(null))
  await finish()
})

test('a key pair that Kubernetes swaps by its ..data symlink is in force within a second', async t => {
  const { proxy, root, finish } = await start(t)
  const edit = await registryEditor(proxy.folder)
  const mount = join(proxy.folder, 'mount')
  const version = async (name: string) => {
    await mkdir(join(mount, `..${name}`), { recursive: true })
    await writePair(join(mount, `..${name}`), root, name)
    await symlink(`..${name}`, join(mount, '..data_tmp'))
    await rename(join(mount, '..data_tmp'), join(mount, '..data'))
  }
  await version('first')
  await symlink('..data/client.crt', join(mount, 'client.crt'))
  await symlink('..data/client.key', join(mount, 'client.key'))
  const entry = { ...ENTRY, cert: 'mount/client.crt', key: 'mount/client.key' }
  await assertBecomes('first', proxy, () => edit(entry))
  await assertBecomes('second', proxy, () => version('second'))
  await assertBecomes('third', proxy, () => version('third'))
  await finish()
})

test('a registry that is broken by an edit changes nothing, and is logged with its place', async t => {
  const { proxy, root, finish } = await start(t)
  const edit = await registryEditor(proxy.folder)
  await writePair(proxy.folder, root, 'first')
  await assertBecomes('first', proxy, () => edit(ENTRY))
  await writeFile(join(proxy.folder, 'registry.yaml'), 'version: 1\ncertificates:\n  - id: [\n')
  assert.equal(await proxy.app.reload('request'), false)
  assert.equal(await whoIsSeen(proxy), 'first')
  assert.match(proxy.log(), /registry refused, the last good one stays: [^"]*registry\.yaml:\d+:\d+: /)
  await finish()
})
