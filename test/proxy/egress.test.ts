import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { egressSettings, startEgressProxy } from '../support/egress-proxy.ts'
import { assertError } from '../support/error-answer.ts'
import { http2Over, startHttp2Server } from '../support/http2.ts'
import { MINTED } from '../support/path.ts'
import { type ProxySettings, startProxy } from '../support/proxy.ts'
import { clientName, startHttpServer, startHttpsServer, startRawServer } from '../support/servers.ts'
import { openTunnel, secured } from '../support/tunnel.ts'

const { authority, client, server: serverCertificate } = MINTED

const ENTRIES = ['api.test', 'mismatch.test'].map(host => ({
  id: host,
  host,
  certificate: client,
  ca: authority,
}))
const MTLS = { certificate: serverCertificate, clientAuthority: authority }

/** Names that only the egress proxy can resolve, and certhop behind it. */
async function startBehind(t: TestContext, settings: ProxySettings = {}, noProxy: readonly string[] = []) {
  const egress = await startEgressProxy(t)
  const egressProxy = egressSettings(egress.url, noProxy)
  const proxy = await startProxy(t, ENTRIES, { log: { level: 'trace' }, ...settings, egressProxy })
  t.after(() => assert.doesNotMatch(proxy.log() + JSON.stringify(proxy.records), /p%C3%A4|pä|YW5uOn/))
  return { egress, proxy }
}

/** A server behind mTLS that says who asked for what, and under which server name. */
const startApi = (t: TestContext) =>
  startHttpsServer(t, MTLS, (request, response) => {
    const { servername } = request.socket as TLSSocket & { servername: string | false }
    response.end(`${clientName(request.socket)} ${servername} ${request.headers.host} ${request.url}`)
  })

const get = (url: string, fields = '') => `GET ${url} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`

test('http:// and https:// requests with a certificate share one tunnel, with TLS and the certificate inside', async t => {
  const { egress, proxy } = await startBehind(t)
  const port = await startApi(t)
  const runner = await proxy.connect()
  for (const scheme of ['http', 'https', 'http']) {
    runner.send(get(`${scheme}://api.test:${port}/a?b`))
    assert.equal((await runner.response()).body, `runner api.test api.test:${port} /a?b`)
  }
  assert.deepEqual(egress.seen, [`CONNECT api.test:${port}`])
  const [first, second] = proxy.records
  assert.deepEqual([first?.dnsMs, first?.reused, second?.reused], [null, false, true])
  assert.ok((first?.connectMs ?? 0) > 0 && (first?.tlsMs ?? 0) > 0)
})

test("a runner's own tunnel is intercepted, and goes on through the egress proxy", async t => {
  const { egress, proxy } = await startBehind(t)
  const port = await startApi(t)
  const ca = await readFile(proxy.app.trustFiles.certificate, 'utf8')
  const tunnel = await openTunnel(proxy.port, `api.test:${port}`)
  const socket = await secured(connectTls({ socket: tunnel, servername: 'api.test', ca }))
  socket.write('GET /in HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n')
  assert.match(await text(socket), /\r\n\r\nrunner api\.test api\.test \/in$/)
  assert.deepEqual(egress.seen, [`CONNECT api.test:${port}`])
})

test('HTTP/2 goes through the egress proxy', async t => {
  const { egress, proxy } = await startBehind(t)
  const server = await startHttp2Server(t, MTLS)
  const ca = await readFile(proxy.app.trustFiles.certificate, 'utf8')
  const tunnel = await openTunnel(proxy.port, `api.test:${server.port}`)
  const socket = await secured(
    connectTls({ socket: tunnel, servername: 'api.test', ca, ALPNProtocols: ['h2'] }),
  )
  const session = http2Over(socket, 'api.test')
  t.after(() => session.destroy())
  const request = session.request({ ':path': '/h2' })
  const { stream } = await server.accept()
  assert.equal(clientName((stream.session as ServerHttp2Session).socket as TLSSocket), 'runner')
  stream.respond({ ':status': 200 })
  stream.end('through')
  assert.equal(await text(request), 'through')
  assert.deepEqual(egress.seen, [`CONNECT api.test:${server.port}`])
})

test('the server behind the egress proxy has to prove the name that was asked for', async t => {
  const { proxy } = await startBehind(t)
  const port = await startApi(t)
  const runner = await proxy.send(get(`https://mismatch.test:${port}/`))
  assertError(await runner.response(), proxy, 'server_name_mismatch')
})

test('a request in clear goes to the egress proxy in absolute-form, with its credentials and not the runner’s', async t => {
  const { egress, proxy } = await startBehind(t)
  const served: IncomingMessage[] = []
  const port = await startHttpServer(t, async (request, response) => {
    served.push(request)
    response.end(await text(request))
  })
  const runner = await proxy.connect()
  const fields = 'Proxy-Authorization: Basic eDp5\r\nX-Kept: 1\r\nContent-Length: 4\r\n'
  for (const method of ['PUT', 'POST']) {
    runner.send(`${method} http://Plain.test:${port}/a?b HTTP/1.1\r\nHost: wrong\r\n${fields}\r\nbody`)
    assert.equal((await runner.until('body')).slice(0, 15), 'HTTP/1.1 200 OK')
  }
  runner.send(`OPTIONS http://plain.test:${port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await runner.head()
  const target = `http://plain.test:${port}`
  assert.deepEqual(egress.seen, [`PUT ${target}/a?b`, `POST ${target}/a?b`, `OPTIONS ${target}`])
  assert.equal(egress.connections(), 1)
  assert.equal(served[0]?.headers.host, `Plain.test:${port}`)
  assert.equal(served[0]?.headers['x-kept'], '1')
  assert.deepEqual(
    proxy.records.map(({ way, status, reused }) => [way, status, reused]),
    [
      ['absolute-http', 200, false],
      ['absolute-http', 200, true],
      ['absolute-http', 200, true],
    ],
  )
})

test('connections for requests in clear are not shared between hosts', async t => {
  const { egress, proxy } = await startBehind(t)
  const port = await startHttpServer(t, (request, response) => response.end(request.headers.host))
  const runner = await proxy.connect()
  for (const host of ['a.test', 'b.test']) {
    runner.send(get(`http://${host}:${port}/`))
    assert.equal((await runner.response()).body, `${host}:${port}`)
  }
  assert.equal(egress.connections(), 2)
})

test('a request in clear that resolve leads elsewhere keeps its Host, in a tunnel', async t => {
  const { egress, proxy } = await startBehind(t, { resolve: { 'plain.test': '192.0.2.7' } })
  const port = await startHttpServer(t, (request, response) => response.end(request.headers.host))
  const runner = await proxy.send(get(`http://plain.test:${port}/`))
  assert.equal((await runner.response()).body, `plain.test:${port}`)
  assert.deepEqual(egress.seen, [`CONNECT 192.0.2.7:${port}`])
})

test('a WebSocket in clear gets a tunnel, also where a connection for requests is kept', async t => {
  const { egress, proxy } = await startBehind(t)
  const server = await startRawServer(t)
  const runner = await proxy.send(get(`http://plain.test:${server.port}/first`))
  const first = await server.accept()
  await first.head()
  first.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  await runner.response()
  runner.send(get(`http://plain.test:${server.port}/ws`, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'))
  const peer = await server.accept()
  assert.match(await peer.head(), /^GET \/ws HTTP\/1\.1\r\n(?:.*\r\n)*Upgrade: websocket\r\n/)
  peer.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello')
  await runner.head()
  assert.equal(await runner.bytes(5), 'hello')
  assert.deepEqual(egress.seen, [
    `GET http://plain.test:${server.port}/first`,
    `CONNECT plain.test:${server.port}`,
  ])
})

test('a host without a certificate gets a blind tunnel through the egress proxy', async t => {
  const { egress, proxy } = await startBehind(t)
  const server = await startRawServer(t)
  const runner = await proxy.send(`CONNECT blind.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await runner.head()
  const peer = await server.accept()
  runner.send('ping')
  assert.equal(await peer.bytes(4), 'ping')
  peer.send('pong')
  assert.equal(await runner.bytes(4), 'pong')
  const recorded = new Promise(resolve => proxy.app.events.onRequest(resolve))
  runner.end()
  peer.end()
  await recorded
  assert.deepEqual(egress.seen, [`CONNECT blind.test:${server.port}`])
  const [record] = proxy.records
  assert.deepEqual([record?.way, record?.status, record?.dnsMs], ['tunnel', 200, null])
  assert.ok((record?.connectMs ?? 0) > 0)
})

test('noProxy: hosts by pattern, by address and by what resolve leads to are dialled directly', async t => {
  const resolve = { 'direct.corp.test': '127.0.0.1', 'mapped.test': '127.0.0.1' }
  const { egress, proxy } = await startBehind(t, { resolve }, ['*.corp.test', '127.0.0.0/8'])
  const port = await startHttpServer(t, (request, response) => response.end(request.url))
  const runner = await proxy.connect()
  for (const host of ['direct.corp.test', '127.0.0.1', 'mapped.test']) {
    runner.send(get(`http://${host}:${port}/direct`))
    // Not in absolute-form either.
    assert.equal((await runner.response()).body, '/direct')
  }
  assert.equal(egress.connections(), 0)
})

test('wrong credentials: egress_proxy_failed for each way in, and the challenge does not reach the runner', async t => {
  const { url, seen } = await startEgressProxy(t)
  const egressProxy = egressSettings(url.replace(/\/\/.*@/, '//ann:canary@'))
  const proxy = await startProxy(t, ENTRIES, { egressProxy, log: { level: 'trace' } })
  for (const request of [
    get('http://plain.test/'),
    'POST http://plain.test/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    get('http://api.test/'),
    get('https://api.test/'),
    'CONNECT blind.test:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT api.test:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  ]) {
    const response = await (await proxy.send(request)).response()
    assertError(response, proxy, 'egress_proxy_failed', { detail: /answered 407 to /, hint: /password/ })
    assert.doesNotMatch(response.head, /authenticate/i)
    assert.doesNotMatch(response.head + response.body, /canary|Y2FuYXJ5/)
  }
  assert.deepEqual(seen, [])
  assert.doesNotMatch(proxy.log() + JSON.stringify(proxy.records), /canary|Y2FuYXJ5|YW5uOm/)
})

test('a 407 of a server behind a tunnel is the server’s', async t => {
  const { proxy } = await startBehind(t)
  const port = await startHttpsServer(t, MTLS, (_request, response) => response.writeHead(407).end('mine'))
  const runner = await proxy.send(get(`https://api.test:${port}/`))
  const { status, body } = await runner.response(false)
  assert.deepEqual([status, body], [407, ''])
})
