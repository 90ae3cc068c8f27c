import assert from 'node:assert/strict'
import { clientHello } from '../support/client-hello.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startFullServer, startHttpsServer } from '../support/servers.ts'
import { openTlsTunnel, openTunnel } from '../support/tunnel.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'
import { StallingRelay } from './stalling-relay.ts'
import { CLEAR, SECURED } from './subject.ts'
import { Path, SECURE, WAYS } from './ways.ts'

/** Long enough for whatever does not stall, also on a machine that has much else to do. */
const LIMIT = '1500ms'

const fault = section('Peers that stall', {
  settings: {
    upstream: { connectTimeout: LIMIT, handshakeTimeout: LIMIT, responseTimeout: LIMIT },
    limits: { headerTimeout: LIMIT, idleTimeout: LIMIT, tunnelIdleTimeout: LIMIT },
  },
})

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

async function assertError(runner: RawConnection, status: number, code: string, what: string): Promise<void> {
  const response = await runner.response()
  assert.deepEqual(
    [response.status, JSON.parse(response.body).type],
    [status, `urn:certhop:error:${code}`],
    what,
  )
}

/** A server to which certhop is connected, and which says nothing. */
async function askInVain(scene: Scene): Promise<RawConnection> {
  const { runner } = await (await Path.open(scene, 'in clear')).ask()
  return runner
}

fault(
  'a server stalls before its head, in the status line, in the fields, or behind an interim response',
  '504 response_timeout',
  scene =>
    Promise.all(
      ['', 'HTTP/1.1 20', 'HTTP/1.1 200 OK\r\nServer: x', 'HTTP/1.1 103 Early Hints\r\n\r\n'].flatMap(sent =>
        WAYS.map(async way => {
          const { runner, peer } = await (await Path.open(scene, way)).ask()
          peer.send(sent)
          if (sent.endsWith('\r\n\r\n')) await runner.head()
          await assertError(runner, 504, 'response_timeout', `${way}, ${sent}`)
          await peer.untilEnd()
        }),
      ),
    ),
)

fault(
  'a server stalls in a body with a length, in the size of a chunk, in a chunk, between chunks, or in trailers',
  'the runner has what came, and gets the rest when it comes, however long that takes',
  scene =>
    Promise.all(
      [
        ['HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc', 'def'],
        [`${CHUNKED}1`, '\r\na\r\n0\r\n\r\n'],
        [`${CHUNKED}6\r\nabc`, 'def\r\n0\r\n\r\n'],
        [`${CHUNKED}3\r\nabc\r\n`, '0\r\n\r\n'],
        [`${CHUNKED}3\r\nabc\r\n0\r\nA: b`, '\r\n\r\n'],
      ].flatMap(([sent = '', rest = '']) =>
        WAYS.map(async way => {
          const { runner, peer } = await (await Path.open(scene, way)).ask()
          peer.send(sent)
          assert.equal(await runner.bytes(sent.length), sent, way)
          await assertError(
            await askInVain(scene),
            504,
            'response_timeout',
            'longer than a response may take',
          )
          peer.send(rest)
          assert.equal(await runner.bytes(rest.length), rest, way)
        }),
      ),
    ),
)

fault(
  'a runner leaves while the server stalls in a body',
  'both connections end within responseTimeout',
  scene =>
    Promise.all(
      WAYS.map(async way => {
        const { runner, peer } = await (await Path.open(scene, way)).ask()
        peer.send(`${CHUNKED}6\r\nabc`)
        await runner.until('abc')
        runner.close()
        await peer.untilEnd()
      }),
    ),
)

fault('a runner stalls in the head of its request', '408 header_timeout', scene =>
  Promise.all(
    WAYS.map(async way => {
      const runner = await (await Path.open(scene, way)).connect()
      runner.send('GET / HTTP/1.1\r\nHost: ')
      await assertError(runner, 408, 'header_timeout', way)
      assert.equal(await runner.untilEnd(), '')
    }),
  ),
)

fault('a runner stalls in the body of its request', '504 response_timeout', scene =>
  Promise.all(
    ['Content-Length: 10\r\n\r\nabc', 'Transfer-Encoding: chunked\r\n\r\n5'].flatMap(rest =>
      WAYS.map(async way => {
        const { runner, peer } = await (await Path.open(scene, way)).ask('POST', rest)
        await assertError(runner, 504, 'response_timeout', way)
        await peer.untilEnd()
      }),
    ),
  ),
)

fault(
  'a runner sends nothing on its connection, or no ClientHello or a half one in its tunnel',
  'the connection ends',
  async scene => {
    const hello = await clientHello(SECURED)
    const path = await Path.open(scene, 'with a certificate')
    const tunnel = async () =>
      new RawConnection(await openTunnel(scene.certhop.port, `${SECURED}:${path.server.port}`))
    const connections = [
      await RawConnection.connect(scene.certhop.port),
      ...(await Promise.all([tunnel(), tunnel(), tunnel()])),
    ]
    for (const connection of connections) scene.after(() => connection.close())
    for (const [index, sent] of [hello.subarray(0, 3), hello.subarray(0, 100)].entries())
      connections[index + 1]?.send(sent)
    for (const connection of connections) assert.equal(await connection.untilEnd(), '')
  },
)

fault('a runner stalls in the TLS handshake of its tunnel', 'its connection ends', async scene => {
  const path = await Path.open(scene, 'with a certificate')
  const runner = new RawConnection(await openTunnel(scene.certhop.port, `${SECURED}:${path.server.port}`))
  scene.after(() => runner.close())
  runner.send(await clientHello(SECURED))
  await runner.bytes(1000)
  await runner.untilEnd()
})

fault('a server takes no connection', '504 connect_timeout, for GET and for CONNECT', async scene => {
  const port = await startFullServer(scene)
  await Promise.all(
    [`GET http://${CLEAR}:${port}/`, `GET http://${SECURED}:${port}/`, `CONNECT ${SECURED}:${port}`].map(
      async line => {
        const runner = await RawConnection.connect(scene.certhop.port)
        scene.after(() => runner.close())
        runner.send(`${line} HTTP/1.1\r\nHost: x\r\n\r\n`)
        await assertError(runner, 504, 'connect_timeout', line)
      },
    ),
  )
})

/** Octets from the end of a flight: certificates and signatures differ by one or two each time. */
const WITHIN_LAST_RECORD = 20

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  fault(
    `a server stalls before, in, and at the end of each of its flights of ${version}`,
    '504 handshake_timeout, also on HTTP/2',
    async scene => {
      const options = { minVersion: version, maxVersion: version }
      const port = await startHttpsServer(scene, { ...SECURE, options }, (_request, response) =>
        response.end('ok'),
      )
      const probe = await StallingRelay.start(scene, port)
      const runner = await ask(scene, probe)
      assert.equal((await runner.response()).body, 'ok')
      const flights = version === 'TLSv1.2' ? probe.flights.slice(0, 2) : probe.flights.slice(0, 1)
      const limits = flights.flatMap((end, index) => {
        const start = flights[index - 1] ?? 0
        return [start, Math.floor((start + end) / 2), end - WITHIN_LAST_RECORD]
      })
      await Promise.all(
        limits.map(async limit => {
          const relay = await StallingRelay.start(scene, port)
          relay.limit = limit
          const askings = [ask(scene, relay), askInside(scene, relay)]
          for (const asking of askings) {
            await assertError(await asking, 504, 'handshake_timeout', `${limit} of ${flights}`)
          }
        }),
      )
      return `${limits.length} places`
    },
  )
}

/** In a tunnel, offering HTTP/2 as well. */
async function askInside(scene: Scene, { port }: StallingRelay): Promise<RawConnection> {
  const { certhop } = scene
  const offer = { servername: SECURED, ca: certhop.authority, ALPNProtocols: ['h2', 'http/1.1'] }
  const tunnel = await openTlsTunnel(certhop.port, offer, port)
  scene.after(() => tunnel.destroy())
  const runner = new RawConnection(tunnel)
  runner.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  return runner
}

async function ask(scene: Scene, { port }: StallingRelay): Promise<RawConnection> {
  const runner = await RawConnection.connect(scene.certhop.port)
  scene.after(() => runner.close())
  runner.send(`GET http://${SECURED}:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  return runner
}
