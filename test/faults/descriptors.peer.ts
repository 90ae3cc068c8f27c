import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { startEgressProxy } from '../support/egress-proxy.ts'
import { writeRegistry } from '../support/proxy.ts'
import { RawConnection } from '../support/raw-connection.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'
import { ENTRIES, type Subject } from './subject.ts'
import { Path } from './ways.ts'

const fault = section('No file descriptors left')

const run = promisify(execFile)

/** Lets a process open no more than `free` files besides those that it has open. */
async function exhaust({ command: { pid } }: Subject, free: number): Promise<void> {
  const open = new Set(readdirSync(`/proc/${pid}/fd`))
  // New descriptors get the lowest number that is free, and all of them have to be below the limit.
  let limit = 0
  for (let left = free; left > 0 || open.has(`${limit}`); limit += 1) if (!open.has(`${limit}`)) left -= 1
  await run('prlimit', ['--pid', `${pid}`, `--nofile=${limit}:`])
}

async function relieve({ command: { pid } }: Subject): Promise<void> {
  await run('prlimit', ['--pid', `${pid}`, '--nofile=4096:'])
}

/** Whatever comes of it, the descriptors are given back. */
async function withoutDescriptors<T>(certhop: Subject, task: () => Promise<T>, free = 0): Promise<T> {
  await certhop.comesToRest()
  certhop.expectErrors(/EMFILE/)
  await exhaust(certhop, free)
  try {
    return await task()
  } finally {
    await relieve(certhop)
  }
}

/** Asks on a connection that is open already, and asserts that it is told what is wrong. */
async function assertTold(runner: RawConnection, request: string): Promise<void> {
  runner.send(`${request} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const { status, body } = await runner.response()
  assert.deepEqual([status, JSON.parse(body).type], [503, 'urn:certhop:error:too_many_connections'], request)
}

/** A connection that was accepted, by the answer to what is no request for a proxy. */
async function connect(scene: Scene, certhop: Subject): Promise<RawConnection> {
  const runner = await RawConnection.connect(certhop.port)
  scene.after(() => runner.close())
  runner.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.equal((await runner.response()).status, 400)
  return runner
}

fault(
  'a server is to be dialled',
  '503 too_many_connections, and the same request works afterwards',
  async scene => {
    const { certhop } = scene
    for (const way of ['in clear', 'with a certificate'] as const) {
      const path = await Path.open(scene, way)
      const [runner, other] = await Promise.all([connect(scene, certhop), connect(scene, certhop)])
      await withoutDescriptors(certhop, async () => {
        await assertTold(runner, `GET ${path.url}/`)
        await assertTold(other, `CONNECT ${path.url.slice('http://'.length)}`)
      })
      runner.send(`GET ${path.url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await path.server.accept()
      await peer.head()
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      assert.equal((await runner.response()).body, 'ok')
    }
  },
)

fault('a name is to be resolved', '503 too_many_connections', async scene => {
  const runner = await connect(scene, scene.certhop)
  // The system's resolver reads its own files with the first name.
  const before = await RawConnection.connect(scene.certhop.port)
  scene.after(() => before.close())
  before.send('GET http://localhost:1/ HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.match((await before.response()).body, /connection_refused/)
  await withoutDescriptors(scene.certhop, () => assertTold(runner, 'GET http://localhost:1/'))
})

fault('the egress proxy is to be dialled', '503 too_many_connections', async scene => {
  const { url } = await startEgressProxy(scene)
  const certhop = await scene.start({ settings: { egressProxy: { url, noProxy: ['*.test'] } } })
  const runner = await connect(scene, certhop)
  await withoutDescriptors(certhop, () => assertTold(runner, 'GET http://elsewhere.example/'))
})

fault('runners connect', 'they are turned away, and those who come afterwards are served', async scene => {
  const { certhop } = scene
  certhop.expectErrors(/accepting a connection failed/)
  await withoutDescriptors(certhop, async () => {
    const runners = await Promise.all(Array.from({ length: 100 }, () => RawConnection.connect(certhop.port)))
    for (const runner of runners) assert.equal(await runner.untilEnd(), '')
  })
  await certhop.checkHealth()
})

/** Enough of a registry to be parsed in a thread of its own. */
const MANY = Array.from({ length: 200 }, (_, index) => ({
  ...(ENTRIES[0] as (typeof ENTRIES)[number]),
  id: `entry-${index}`,
  host: `host-${index}.test`,
}))

for (const [what, more, free] of [
  ['a small registry changes', [], 0],
  ['a large registry changes', MANY, 0],
  ['a large registry changes, and there are just enough to read it', MANY, 2],
] as const) {
  fault(
    what,
    'the last good one stays, and the new one is in force when there are some again',
    async scene => {
      const certhop = await scene.start()
      const { command, folder } = certhop
      await withoutDescriptors(
        certhop,
        async () => {
          await writeRegistry(folder, [
            ...ENTRIES,
            ...more,
            { ...(MANY[0] as (typeof MANY)[number]), id: 'new', host: 'new.test' },
          ])
          await command.errorLine(/"level":50/)
        },
        free,
      )
      await command.errorLine(/"added":\[.*"new"/)
    },
  )
}
