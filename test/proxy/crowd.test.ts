import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { assertError } from '../support/error-answer.ts'
import { HOST, startIntercepting } from '../support/interception.ts'
import { readSamples, scrape } from '../support/metrics.ts'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startHttpsServer, startRawServer } from '../support/servers.ts'

const SERVER = { certificate: MINTED.server, clientAuthority: MINTED.authority }
const CONNECTIONS = 20
/** Without what is tested here, another runner would have to wait for so many milliseconds. */
const NEVER = 3_600_000
const LIMITS = {
  connections: CONNECTIONS,
  headerTimeout: NEVER,
  idleTimeout: NEVER,
  tunnelIdleTimeout: NEVER,
}
const GET = `GET http://${HOST}/ HTTP/1.1\r\nHost: x\r\n\r\n`

async function start(t: TestContext, connections = CONNECTIONS) {
  const port = await startHttpsServer(t, SERVER, (_request, response) => response.end('served'))
  const { proxy } = await startIntercepting(t, port, {
    admin: { host: '127.0.0.1', port: 0 },
    limits: { ...LIMITS, connections },
    resolve: { [HOST]: `127.0.0.1:${port}`, 'blind.example': '127.0.0.1' },
  })
  /** From an address of its own; any in 127.0.0.0/8 is one on Linux. */
  const connectFrom = async (localAddress: string) => {
    const socket = connectTcp({ port: proxy.port, host: '127.0.0.1', localAddress, allowHalfOpen: true })
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    return new RawConnection(socket)
  }
  return { proxy, connectFrom }
}

/** Asks on new connections until one of them is served. Resolves with that one. */
async function untilServed(connect: () => Promise<RawConnection>): Promise<RawConnection> {
  for (;;) {
    const runner = await connect()
    runner.send(GET)
    const head = await runner.head().catch(() => '')
    if (head.startsWith('HTTP/1.1 200 ')) {
      assert.match(await runner.until('served'), /served/)
      return runner
    }
    assert.match(head, /^(?:HTTP\/1\.1 503 |$)/)
    runner.close()
  }
}

describe('A runner that takes all connections there may be does not keep others out, when it', () => {
  for (const [what, text] of [
    ['says nothing', ''],
    ['says a part of a head', 'GET '],
    ['keeps them behind a request', GET],
    ['asks for tunnels and says nothing in them', `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['begins a handshake in tunnels', `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01\x02`],
  ] as const) {
    test(what, async t => {
      const { proxy } = await start(t)
      const greedy = await Promise.all(Array.from({ length: CONNECTIONS }, () => proxy.send(text)))
      if (text.endsWith('\n')) for (const runner of greedy) await runner.head()
      const refused = await proxy.connect()
      assertError(await refused.response(), proxy, 'too_many_connections')
      for (let time = 0; time < 5; time += 1) await untilServed(proxy.connect)
      const gone = greedy.filter(({ ended }) => ended)
      assert.ok(gone.length >= 5)
      if (text === 'GET ') {
        for (const runner of gone) assert.match((await runner.response()).body, /too_many_connections/)
      }
      const samples = readSamples(await scrape(proxy))
      assert.ok((samples.get('certhop_client_connections_closed_total{limit="connections"}') ?? 0) > 5)
      assert.equal(samples.get('certhop_client_connections'), CONNECTIONS)
    })
  }

  test('comes again with each connection that it loses', async t => {
    const { proxy } = await start(t, 200)
    let over = false
    const greedy = Array.from({ length: 200 }, async () => {
      while (!over) {
        const runner = await proxy.connect()
        await runner.untilEnd()
        runner.close()
      }
    })
    for (let time = 0; time < 5; time += 1) (await untilServed(proxy.connect)).close()
    over = true
    await proxy.app.stop()
    await Promise.all(greedy)
  })
})

test('Whoever holds most gives way first, and who holds few keeps them', {
  skip: process.platform !== 'linux',
}, async t => {
  const { connectFrom } = await start(t)
  const modest = [await connectFrom('127.0.0.2'), await connectFrom('127.0.0.2')]
  for (const runner of modest) {
    runner.send(GET)
    await runner.until('served')
  }
  for (let count = 2; count < CONNECTIONS; count += 1) await connectFrom('127.0.0.3')
  for (let time = 0; time < 10; time += 1) await untilServed(() => connectFrom('127.0.0.4'))
  for (const runner of modest) {
    runner.send(GET)
    await runner.until('served')
  }
})

test('Requests in flight and tunnels in use give way to nobody', async t => {
  const server = await startRawServer(t)
  const { proxy } = await start(t, 3)
  const asking = await proxy.send(`GET http://blind.example:${server.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  const asked = await server.accept()
  await asked.head()
  const tunnel = await proxy.send(`CONNECT blind.example:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await tunnel.head()
  const joined = await server.accept()
  const idle = await proxy.connect()
  const served = await untilServed(proxy.connect)
  assert.equal(await idle.untilEnd(), '')
  await untilServed(proxy.connect)
  assert.equal(await served.untilEnd(), '')
  asked.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  assert.equal((await asking.response()).body, 'ok')
  tunnel.send('still')
  await joined.until('still')
})
