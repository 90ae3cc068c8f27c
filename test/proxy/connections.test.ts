import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { MINTED, type Path, startPath } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { clientName, startHttpServer, startHttpsServer, startRawServer } from '../support/servers.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const get = (url: string, fields = '') => `GET ${url} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`

/** A runner whose first request was answered, and the server's end of the connection that was kept for the next one. */
async function keepOne({
  connect,
  server,
  url,
}: Path): Promise<[runner: RawConnection, peer: RawConnection]> {
  const runner = await connect()
  runner.send(get(`${url}/1`))
  const peer = await server.accept()
  await peer.head()
  peer.send(OK)
  await runner.response()
  return [runner, peer]
}

describe('A kept upstream connection', () => {
  test('serves the next request, of any runner', async t => {
    const { server, url, send, proxy } = await startPath(t)
    const first = await send(get(`${url}/1`))
    const peer = await server.accept()
    await peer.head()
    peer.send(OK)
    await first.response()
    const second = await send(get(`${url}/2`))
    assert.match(await peer.head(), /^GET \/2 /)
    peer.send(OK)
    await second.response()
    assert.equal(server.connections, 1)
    assert.deepEqual(
      proxy.records.map(({ reused }) => reused),
      [false, true],
    )
  })

  test('is not kept when either side says close, by HTTP/1.0 or because bytes follow the response', async t => {
    for (const response of [
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
      'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstaged',
    ]) {
      const { server, url, send } = await startPath(t)
      const runner = await send(get(`${url}/1`))
      const peer = await server.accept()
      await peer.head()
      peer.send(response)
      assert.equal((await runner.response()).body, 'ok')
      await peer.untilEnd()
      runner.send(get(`${url}/2`))
      const next = await server.accept()
      await next.head()
      next.send(OK)
      assert.equal((await runner.response()).body, 'ok')
    }
  })

  test('ends when the server says anything on it, and what it said is never a response', async t => {
    const path = await startPath(t)
    const { server, url } = path
    const [runner, peer] = await keepOne(path)
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstaged')
    await peer.untilEnd()
    runner.send(get(`${url}/2`))
    const next = await server.accept()
    await next.head()
    next.send(OK)
    assert.equal((await runner.response()).body, 'ok')
  })

  test('ends with the server, and after idleTimeout', async t => {
    const path = await startPath(t, 'with a certificate', { upstream: { idleTimeout: 200 } })
    const { server, url } = path
    const [runner, first] = await keepOne(path)
    first.end()
    await first.closed()
    runner.send(get(`${url}/2`))
    const second = await server.accept()
    await second.head()
    second.send(OK)
    await runner.response()
    await second.untilEnd()
  })

  for (const [method, body] of [
    ['GET', ''],
    ['PUT', 'small'],
    ['DELETE', 'small'],
  ] as const) {
    test(`that the server closes just as a ${method} is sent is replaced once, and the request sent again whole`, async t => {
      const { server, url, connect, proxy } = await startPath(t)
      const request = `${method} ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      const runner = await connect()
      runner.send(request)
      const first = await server.accept()
      await first.head()
      await first.bytes(body.length)
      first.send(OK)
      await runner.response()
      runner.send(request)
      await first.head()
      first.close()
      const second = await server.accept()
      await second.head()
      assert.equal(await second.bytes(body.length), body)
      second.send(OK)
      assert.equal((await runner.response()).body, 'ok')
      runner.send(request)
      await second.head()
      second.close()
      const third = await server.accept()
      await third.head()
      third.close()
      assert.equal((await runner.response()).status, 502)
      assert.equal(server.connections, 3)
      assert.equal(proxy.records.at(-1)?.error, 'connection_reset')
    })
  }

  test('that the server closes just as a POST is sent is an error: nobody repeats a POST', async t => {
    const { server, url, connect } = await startPath(t)
    const post = `POST ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi`
    const runner = await connect()
    runner.send(post)
    const peer = await server.accept()
    await peer.until('hi')
    peer.send(OK)
    await runner.response()
    runner.send(post)
    await peer.until('hi')
    peer.close()
    assert.equal((await runner.response()).status, 502)
    assert.equal(server.connections, 1)
  })

  test('on which a response had begun is not replaced', async t => {
    const path = await startPath(t)
    const { server, url } = path
    const [runner, peer] = await keepOne(path)
    runner.send(get(`${url}/2`))
    await peer.head()
    peer.send('HTTP/1.1 2')
    peer.end()
    assert.equal((await runner.response()).status, 502)
    assert.equal(server.connections, 1)
  })
})

describe('Who shares connections', () => {
  /** Two requests of one runner, one of another: how many connections the server saw. */
  async function connectionsWith(
    t: Parameters<typeof startPath>[0],
    reuse: 'shared' | 'connection' | 'never',
  ) {
    const connections = new Set<unknown>()
    let closed = 0
    const port = await startHttpServer(t, (request, response) => {
      connections.add(request.socket)
      if (request.headers.connection === 'close') closed += 1
      response.end('ok')
    })
    const proxy = await startProxy(t, [], {
      resolve: { 'api.test': `127.0.0.1:${port}` },
      upstream: { reuse },
    })
    const [first, second] = [await proxy.connect(), await proxy.connect()]
    for (const runner of [first, first, second]) {
      runner.send(get('http://api.test/'))
      await runner.response()
    }
    return { connections: connections.size, closed }
  }

  test('everybody, under reuse: shared', async t => {
    assert.deepEqual(await connectionsWith(t, 'shared'), { connections: 1, closed: 0 })
  })
  test('the requests of one client connection, under reuse: connection', async t => {
    assert.deepEqual(await connectionsWith(t, 'connection'), { connections: 2, closed: 0 })
  })
  test('nobody, under reuse: never, and the server is told', async t => {
    assert.deepEqual(await connectionsWith(t, 'never'), { connections: 3, closed: 3 })
  })

  for (const [side, requestFields, responseFields] of [
    ['request', 'Authorization: NTLM TlRMTVNTUAABAAAA\r\n', ''],
    ['response', '', 'WWW-Authenticate: Negotiate\r\n'],
  ] as const) {
    test(`one client connection alone, once its ${side} spoke NTLM or Negotiate, and it ends with that`, async t => {
      const { server, url, connect } = await startPath(t)
      const [owner, other] = [await connect(), await connect()]
      owner.send(get(`${url}/1`, requestFields))
      const own = await server.accept()
      await own.head()
      own.send(`HTTP/1.1 401 Unauthorized\r\n${responseFields}Content-Length: 0\r\n\r\n`)
      await owner.response()
      other.send(get(`${url}/2`))
      const shared = await server.accept()
      assert.match(await shared.head(), /^GET \/2 /)
      shared.send(OK)
      await other.response()
      owner.send(get(`${url}/3`))
      assert.match(await own.head(), /^GET \/3 /)
      own.send(OK)
      await owner.response()
      owner.close()
      await own.untilEnd()
    })
  }

  test('never two identities or two hosts of one server, nor their TLS sessions', async t => {
    const other = await MINTED.authority.client({ name: 'other' })
    const seen: { client: string | null; session: boolean; name: unknown; port: number | undefined }[] = []
    const setup = { certificate: MINTED.server, clientAuthority: MINTED.authority }
    const port = await startHttpsServer(t, setup, (request, response) => {
      const socket = request.socket as TLSSocket & { servername?: unknown }
      seen.push({
        client: clientName(socket),
        session: socket.isSessionReused(),
        name: socket.servername,
        port: socket.remotePort,
      })
      response.setHeader('Connection', 'close')
      response.end('ok')
    })
    const entries = [
      { id: 'one', host: 'api.test', certificate: MINTED.client, ca: MINTED.authority },
      { id: 'two', host: 'other.test', certificate: other, ca: MINTED.authority },
      { id: 'three', host: 'a.wild.test', certificate: MINTED.client, ca: MINTED.authority },
    ]
    const to = `127.0.0.1:${port}`
    const proxy = await startProxy(t, entries, {
      resolve: { 'api.test': to, 'other.test': to, 'a.wild.test': to },
    })
    const runner = await proxy.connect()
    for (const host of ['api.test', 'other.test', 'a.wild.test', 'api.test', 'other.test', 'a.wild.test']) {
      runner.send(get(`http://${host}/`))
      await runner.response()
    }
    const expected = [
      ['runner', 'api.test'],
      ['other', 'other.test'],
      ['runner', 'a.wild.test'],
    ]
    assert.deepEqual(
      seen.map(({ client, name }) => [client, name]),
      [...expected, ...expected],
    )
    assert.deepEqual(
      seen.map(({ session }) => session),
      [false, false, false, true, true, true],
    )
    assert.deepEqual(
      proxy.records.map(({ resumed }) => resumed),
      [false, false, false, true, true, true],
    )
    assert.equal(new Set(seen.map(({ port }) => port)).size, 6)
  })

  test('nobody any more, when its identity was removed: idle connections end at once, requests in flight finish', async t => {
    const { proxy, server, url, connect } = await startPath(t)
    const [idle, busy] = [await connect(), await connect()]
    idle.send(get(`${url}/idle`))
    busy.send(get(`${url}/busy`))
    const peers = [await server.accept(), await server.accept()]
    const heads = [await peers[0]?.head(), await peers[1]?.head()]
    const idlePeer = peers[heads[0]?.startsWith('GET /idle') ? 0 : 1] as RawConnection
    const busyPeer = peers[heads[0]?.startsWith('GET /idle') ? 1 : 0] as RawConnection
    idlePeer.send(OK)
    await idle.response()
    await proxy.setEntries([])
    await idlePeer.untilEnd()
    busyPeer.send(OK)
    assert.equal((await busy.response()).body, 'ok')
    await busyPeer.untilEnd()
  })

  test('nobody for long, when a request in flight outlives shutdownTimeout after its identity was removed', async t => {
    const { proxy, server, url, connect } = await startPath(t, 'with a certificate', { shutdownTimeout: 300 })
    const runner = await connect()
    runner.send(get(`${url}/`))
    const peer = await server.accept()
    await peer.head()
    await proxy.setEntries([])
    await peer.untilEnd()
    assert.equal((await runner.response()).status, 503)
    assert.equal(proxy.records.at(-1)?.error, 'shutting_down')
  })
})

test('A POST avoids a connection that was idle for more than a second; a GET takes it', async t => {
  const path = await startPath(t)
  const { server, url, send } = path
  const [runner, old] = await keepOne(path)
  // The rule is about time, so time has to pass: nothing can be waited for instead.
  await setTimeout(1100)
  runner.send(`POST ${url}/2 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
  const fresh = await server.accept()
  assert.match(await fresh.head(), /^POST \/2 /)
  await send(get(`${url}/3`))
  assert.match(await old.head(), /^GET \/3 /)
})

test('A slow reader holds up the server and not the memory: 64 MiB, of which little is ever here', async t => {
  const { server, url, connect } = await startPath(t)
  const runner = await connect()
  runner.socket.pause()
  runner.send(get(`${url}/`))
  const peer = await server.accept()
  await peer.head()
  const size = 64 * 2 ** 20
  peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
  const block = Buffer.alloc(2 ** 16, 'x')
  let sent = 0
  while (peer.socket.write(block)) sent += block.length
  // What is not taken stays with the server: far less than the whole went out before it was held up.
  assert.ok(sent < size / 4, `${sent} bytes went out`)
  let read = 0
  runner.socket.removeAllListeners('data')
  runner.socket.on('data', bytes => {
    read += bytes.length
  })
  sent += block.length
  const done = once(runner.socket, 'end')
  runner.socket.resume()
  while (sent < size) {
    sent += block.length
    if (!peer.socket.write(block)) await once(peer.socket, 'drain')
  }
  peer.end()
  runner.end()
  await done
  assert.ok(read >= size)
})

describe('An upgrade', () => {
  const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n'
  const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'

  test('that the server takes becomes a tunnel with the certificate, early bytes of both sides included', async t => {
    const { server, url, send, proxy } = await startPath(t)
    const runner = await send(`${get(`${url}/chat`, UPGRADE)}early from runner`)
    const peer = await server.accept()
    const head = await peer.head()
    assert.match(head, /^GET \/chat HTTP\/1\.1\r\n/)
    assert.match(head, /\r\nUpgrade: websocket\r\n/)
    assert.match(head, /\r\nConnection: Upgrade\r\n/)
    peer.send(`${SWITCH}early from server`)
    assert.equal(await runner.head(), SWITCH)
    await runner.until('early from server')
    await peer.until('early from runner')
    runner.send('ping')
    await peer.until('ping')
    peer.send('pong')
    await runner.until('pong')
    runner.end()
    assert.equal(await peer.untilEnd(), '')
    peer.send('last words')
    await runner.until('last words')
    peer.end()
    await runner.untilEnd()
    await runner.closed()
    const record = proxy.records[0]
    assert.deepEqual(
      {
        way: record?.way,
        status: record?.status,
        certificate: record?.certificate,
        in: record?.bytesIn,
        out: record?.bytesOut,
      },
      {
        way: 'websocket',
        status: 101,
        certificate: 'api',
        in: 'early from runnerping'.length,
        out: 'early from serverponglast words'.length,
      },
    )
  })

  test('that the server declines is an ordinary exchange', async t => {
    const { server, url, send } = await startPath(t)
    const runner = await send(get(`${url}/chat`, UPGRADE))
    const peer = await server.accept()
    await peer.head()
    peer.send(
      'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n',
    )
    assert.equal((await runner.response()).status, 426)
    runner.send(get(`${url}/next`))
    assert.match(await peer.head(), /^GET \/next /)
  })

  test('to h2c is not passed on', async t => {
    const { server, url, send } = await startPath(t)
    await send(
      get(
        `${url}/`,
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
      ),
    )
    const peer = await server.accept()
    assert.doesNotMatch(await peer.head(), /upgrade|h2c|http2-settings/i)
  })

  test('breaks for the server when the runner breaks it, and the other way round', async t => {
    for (const breaking of ['runner', 'server'] as const) {
      const { server, url, send } = await startPath(t)
      const runner = await send(get(`${url}/chat`, UPGRADE))
      const peer = await server.accept()
      await peer.head()
      peer.send(SWITCH)
      await runner.head()
      if (breaking === 'runner') {
        runner.socket.resetAndDestroy()
        await peer.untilEnd()
      } else {
        peer.socket.destroy()
        await runner.untilEnd()
      }
    }
  })
})

describe('A CONNECT to a host without a certificate', () => {
  test('is a tunnel, whatever its shape, with what came behind its head', async t => {
    const server = await startRawServer(t)
    const proxy = await startProxy(t, [], { resolve: { 'plain.test': '127.0.0.1' } })
    const authority = `plain.test:${server.port}`
    for (const head of [
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n`,
      `CONNECT ${authority} HTTP/1.1\r\nHost: plain.test\r\nConnection: close\r\n`,
      `CONNECT ${authority} HTTP/1.1\r\nHost: x\r\nConnection: TE, close\r\nProxy-Connection: close\r\n`,
      `CONNECT ${authority} HTTP/1.0\r\n`,
      `CONNECT [::ffff:127.0.0.1]:${server.port} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n`,
    ]) {
      const runner = await proxy.send(`${head}\r\nhello`)
      assert.match(await runner.head(), /^HTTP\/1\.1 200 /)
      const peer = await server.accept()
      await peer.until('hello')
      peer.send('and back')
      await runner.until('and back')
      peer.end()
      await runner.untilEnd()
      runner.end()
      await peer.closed()
    }
    assert.equal(proxy.records.length, 5)
    assert.deepEqual(proxy.records[0]?.way, 'tunnel')
    assert.deepEqual([proxy.records[0]?.bytesIn, proxy.records[0]?.bytesOut], [5, 8])
  })

  test('ends when nothing moves for tunnelIdleTimeout', async t => {
    const server = await startRawServer(t)
    const proxy = await startProxy(t, [], { limits: { tunnelIdleTimeout: 200 } })
    const runner = await proxy.send(`CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await runner.head()
    const peer = await server.accept()
    await Promise.all([runner.untilEnd(), peer.untilEnd()])
  })
})

describe('A stop', () => {
  test('ends idle connections at once and is clean', async t => {
    const { proxy, server, url, send } = await startPath(t)
    const runner = await send(get(`${url}/`))
    const peer = await server.accept()
    await peer.head()
    peer.send(OK)
    await runner.response()
    const stopping = proxy.app.stop()
    await runner.untilEnd()
    runner.end()
    assert.equal(await stopping, 'clean')
    await assert.rejects(RawConnection.connect(proxy.port))
  })

  test('lets requests in flight finish, and tells their runners that the connection ends', async t => {
    const { proxy, server, url, send } = await startPath(t)
    const runner = await send(get(`${url}/`))
    const peer = await server.accept()
    await peer.head()
    const stopping = proxy.app.stop()
    peer.send(OK)
    const response = await runner.response()
    assert.match(response.head, /\r\nConnection: close\r\n/)
    await runner.untilEnd()
    runner.end()
    assert.equal(await stopping, 'clean')
  })

  test('cuts what outlives shutdownTimeout, tunnels for instance, and says so', async t => {
    const server = await startRawServer(t)
    const resolve = { 'other.test:443': `127.0.0.1:${server.port}` }
    const proxy = await startProxy(t, [], { shutdownTimeout: 200, resolve })
    const runner = await proxy.send('CONNECT other.test:443 HTTP/1.1\r\nHost: x\r\n\r\n')
    await runner.head()
    assert.equal(await proxy.app.stop(), 'forced')
    await runner.untilEnd()
  })
})
