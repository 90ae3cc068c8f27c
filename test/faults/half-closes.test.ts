import assert from 'node:assert/strict'
import { clientHello } from '../support/client-hello.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startRawServer } from '../support/servers.ts'
import { openTlsTunnel, openTunnel } from '../support/tunnel.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'
import { CLEAR, SECURED } from './subject.ts'
import { Path, SECURE, WAYS } from './ways.ts'

const fault = section('Half-closed connections')

const hello = await clientHello(SECURED)

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

fault('a runner ends its side behind its request', 'it gets its answer, then the end', async scene => {
  for (const way of WAYS) {
    const path = await Path.open(scene, way)
    const { runner, peer } = await path.ask()
    runner.end()
    peer.send(ANSWER)
    assert.equal((await runner.response()).body, 'ok', way)
    assert.equal(await runner.untilEnd(), '', way)
  }
})

fault(
  'a runner ends its side in the body of its request',
  'the server gets no end of the message',
  async scene => {
    for (const way of WAYS) {
      const path = await Path.open(scene, way)
      const { runner, peer } = await path.ask('POST', 'Content-Length: 10\r\n\r\nabc')
      await peer.until('abc')
      runner.end()
      assert.equal(await peer.untilEnd(), '', way)
      await runner.closed()
    }
  },
)

fault('a runner ends its side in a head, or before any', 'its connection ends too', async scene => {
  for (const way of WAYS) {
    const path = await Path.open(scene, way)
    for (const sent of ['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: x\r\n']) {
      const runner = await path.connect()
      runner.send(sent)
      runner.end()
      assert.equal(await runner.untilEnd(), '', way)
    }
  }
})

fault('a runner ends its side in the handshake of a tunnel', 'its connection ends too', async scene => {
  const server = await startRawServer(scene, SECURE)
  for (const sent of [hello.subarray(0, 3), hello.subarray(0, 100), hello]) {
    const runner = new RawConnection(await openTunnel(scene.certhop.port, `${SECURED}:${server.port}`))
    scene.after(() => runner.close())
    runner.send(sent)
    runner.end()
    await runner.untilEnd()
    await runner.closed()
  }
})

fault(
  'a server ends its side behind a response that could have been followed',
  'the runner’s connection goes on',
  async scene => {
    for (const way of WAYS) {
      const path = await Path.open(scene, way)
      const { runner, peer } = await path.ask()
      peer.send(ANSWER)
      peer.end()
      assert.equal((await runner.response()).body, 'ok', way)
      await peer.closed()
      runner.send(`GET ${path.url}/next HTTP/1.1\r\nHost: x\r\n\r\n`)
      const next = await path.server.accept()
      assert.match(await next.head(), /^GET \/next /, way)
      next.send(ANSWER)
      assert.equal((await runner.response()).body, 'ok', way)
    }
  },
)

/** Both ends of a tunnel whose content certhop doesn't look at. */
async function openBlind(scene: Scene, kind: 'CONNECT' | 'upgrade') {
  if (kind === 'upgrade') {
    const path = await Path.open(scene, 'with a certificate')
    const { runner, peer } = await path.ask('GET', UPGRADE)
    peer.send(`HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}`)
    await runner.head()
    return { runner, peer }
  }
  const server = await startRawServer(scene)
  const runner = new RawConnection(await openTunnel(scene.certhop.port, `${CLEAR}:${server.port}`))
  scene.after(() => runner.close())
  return { runner, peer: await server.accept() }
}

for (const [kind, what] of [
  ['CONNECT', 'a tunnel that is not opened'],
  ['upgrade', 'an upgraded connection'],
] as const) {
  for (const side of ['runner', 'server'] as const) {
    fault(
      `the ${side} ends its side of ${what}`,
      'the other side goes on until it ends as well',
      async scene => {
        const { runner, peer } = await openBlind(scene, kind)
        const [first, last] = side === 'runner' ? [runner, peer] : [peer, runner]
        first.send('one')
        first.end()
        assert.equal(await last.untilEnd(), 'one')
        for (const piece of ['two', 'three']) {
          last.send(piece)
          assert.equal(await first.until(piece), piece)
        }
        last.end()
        assert.equal(await first.untilEnd(), '')
      },
    )
  }
}

const SETTINGS = '\0\0\0\x04\0\0\0\0\0'
const PREFACE = `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SETTINGS}`

fault(
  'the server ends an HTTP/2 connection, and the runner never closes its own',
  'it is gone within seconds',
  async scene => {
    const server = await startRawServer(scene, { ...SECURE, options: { ALPNProtocols: ['h2'] } })
    const { port, authority } = scene.certhop
    const offer = { servername: SECURED, ca: authority, ALPNProtocols: ['h2'] }
    const runner = new RawConnection(await openTlsTunnel(port, offer, server.port))
    scene.after(() => runner.close())
    runner.send(PREFACE)
    const peer = await server.accept()
    await peer.until(PREFACE)
    peer.send(SETTINGS)
    assert.equal(await runner.until(SETTINGS), SETTINGS)
    peer.end()
    assert.equal(await runner.untilEnd(), '')
    await scene.certhop.assertWell()
  },
)
