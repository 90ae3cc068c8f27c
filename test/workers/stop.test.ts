import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINTED, startPath } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { connectMany, MANY, workerOf } from '../support/workers.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const GET = (url: string) => `GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`

/** Runners with a request in flight each, dealt to two workers, and what answers them. */
async function begin(t: Parameters<typeof startPath>[0], shutdownTimeout: number) {
  const path = await startPath(t, 'with a certificate', { workers: 2, shutdownTimeout })
  const runners = await connectMany(path)
  const peers: RawConnection[] = []
  for (const runner of runners) {
    runner.send(GET(path.url))
    const peer = await path.server.accept()
    await peer.head()
    peers.push(peer)
  }
  return { ...path, runners, peers }
}

/** Resolves once no worker listens any more. */
async function untilClosed(port: number): Promise<void> {
  const tryOnce = () => RawConnection.connect(port).catch(() => null)
  for (let runner = await tryOnce(); runner !== null; runner = await tryOnce()) runner.close()
}

test('a stop lets the requests of all workers finish, and every one is recorded by then', async t => {
  const { proxy, runners, peers } = await begin(t, 60_000)
  const stopped = proxy.app.stop()
  await untilClosed(proxy.port)
  for (const peer of peers) peer.send(OK)
  for (const runner of runners) {
    const { status, head } = await runner.response()
    assert.equal(status, 200)
    assert.match(head, /\r\nConnection: close\r\n/)
    await runner.untilEnd()
    runner.end()
  }
  assert.equal(await stopped, 'clean')
  assert.equal(proxy.records.length, MANY)
  assert.equal(new Set(proxy.records.map(workerOf)).size, 2)
})

test('what outlives shutdownTimeout is cut by all, and counted together', async t => {
  const { proxy, runners } = await begin(t, 100)
  assert.equal(await proxy.app.stop(), 'forced')
  for (const runner of runners) assert.equal((await runner.response()).status, 503)
  assert.match(proxy.log(), new RegExp(`"connectionsCut":${MANY},"msg":"stopped;`))
  assert.equal(proxy.records.length, MANY)
})

test('a stop ends idle connections of all workers at once', async t => {
  const { proxy, runners, peers } = await begin(t, 60_000)
  for (const peer of peers) peer.send(OK)
  for (const runner of runners) await runner.response()
  const stopped = proxy.app.stop()
  for (const runner of runners) {
    await runner.untilEnd()
    runner.end()
  }
  assert.equal(await stopped, 'clean')
})

test('a stop while a large registry is on its way to the workers ends all the same', async t => {
  const { proxy } = await startPath(t, 'with a certificate', { workers: 2 })
  const entries = Array.from({ length: 1000 }, (_, index) => ({
    id: `entry-${index}`,
    host: `${index}.test`,
    certificate: MINTED.client,
  }))
  const swapped = Promise.withResolvers<unknown>()
  proxy.app.registry.onSwap(() => swapped.resolve(proxy.app.stop()))
  const reloaded = proxy.setEntries(entries)
  assert.equal(await swapped.promise, 'clean')
  await reloaded
})
