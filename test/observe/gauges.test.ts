import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Gauges } from '../../src/observe/gauges.ts'
import { http2Over, startHttp2Server } from '../support/http2.ts'
import { HOST, startIntercepting } from '../support/interception.ts'
import { MINTED, startPath } from '../support/path.ts'
import type { TestProxy } from '../support/proxy.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Resolves once the gauges say so: connections, tunnels, upstream connections active and idle. */
async function shows({ app }: TestProxy, ...expected: [number, number, number, number]): Promise<void> {
  const wanted = expected.join()
  let seen = ''
  for (const deadline = performance.now() + 20_000; seen !== wanted; await setImmediate()) {
    const { clientConnections, tunnels, upstreamConnections }: Gauges = app.gauges()
    seen = [clientConnections, tunnels, upstreamConnections.active, upstreamConnections.idle].join()
    if (performance.now() > deadline) assert.equal(seen, wanted)
  }
}

describe('what is open now: connections of runners, tunnels, connections to servers', () => {
  for (const [reuse, kept] of [
    ['shared', 1],
    ['connection', 1],
    ['never', 0],
  ] as const) {
    test(`a request has a connection to the server, which is ${kept ? 'kept' : 'closed'} with reuse: ${reuse}`, async t => {
      const { proxy, server, url, send } = await startPath(t, 'with a certificate', { upstream: { reuse } })
      await shows(proxy, 0, 0, 0, 0)
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      await shows(proxy, 1, 0, 1, 0)
      peer.send(OK)
      await runner.response()
      await shows(proxy, 1, 0, 0, kept)
      peer.close()
      await shows(proxy, 1, 0, 0, 0)
      runner.close()
      await shows(proxy, 0, 0, 0, 0)
    })
  }

  test('a blind tunnel is a tunnel as long as one of its sides is open', async t => {
    const { proxy, server, send } = await startPath(t, 'in clear')
    const runner = await send(`CONNECT api.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await runner.head()
    const peer = await server.accept()
    await shows(proxy, 1, 1, 1, 0)
    runner.end()
    await peer.untilEnd()
    await shows(proxy, 1, 1, 1, 0)
    peer.end()
    await shows(proxy, 0, 0, 0, 0)
  })

  test('a CONNECT in which nothing was said has a connection to the server, and is no tunnel yet', async t => {
    const { proxy, server, send } = await startPath(t)
    const runner = await send(`CONNECT api.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await runner.head()
    await shows(proxy, 1, 0, 1, 0)
    runner.socket.resetAndDestroy()
    await shows(proxy, 0, 0, 0, 0)
  })

  test('a WebSocket is a tunnel', async t => {
    const { proxy, server, url, send } = await startPath(t)
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
    const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`)
    const peer = await server.accept()
    await peer.head()
    await shows(proxy, 1, 0, 1, 0)
    peer.send(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}\r\n`)
    await runner.head()
    await shows(proxy, 1, 1, 1, 0)
    runner.socket.resetAndDestroy()
    await shows(proxy, 0, 0, 0, 0)
  })

  test('an HTTP/2 connection is a tunnel, however many streams it has', async t => {
    const server = await startHttp2Server(t, {
      certificate: MINTED.server,
      clientAuthority: MINTED.authority,
      options: { ALPNProtocols: ['h2'] },
    })
    const { proxy, secure } = await startIntercepting(t, server.port)
    const session = http2Over(await secure({ ALPNProtocols: ['h2'] }), HOST)
    for (const path of ['/first', '/second']) {
      const stream = session.request({ ':path': path })
      stream.resume()
      const accepted = await server.accept()
      accepted.stream.respond({ ':status': 200 })
      await once(stream, 'response')
      await shows(proxy, 1, 1, 1, 0)
    }
    session.destroy()
    await shows(proxy, 0, 0, 0, 0)
  })

  test('HTTP/1.1 inside CONNECT is requests, not a tunnel', async t => {
    const { proxy, server, send } = await startPath(t)
    const runner = await send(`CONNECT api.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await runner.head()
    runner.send(`GET / HTTP/1.1\r\nHost: api.test\r\n\r\n`)
    const peer = await server.accept()
    await peer.head()
    await shows(proxy, 1, 0, 1, 0)
    peer.send(OK)
    await runner.response()
    await shows(proxy, 1, 0, 0, 1)
  })

  test('the connections of an identity that was removed count until they are closed', async t => {
    const { proxy, server, url, send } = await startPath(t)
    const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    const peer = await server.accept()
    await peer.head()
    await proxy.setEntries([])
    await shows(proxy, 1, 0, 1, 0)
    peer.send(OK)
    await runner.response()
    await shows(proxy, 1, 0, 0, 0)
  })
})
