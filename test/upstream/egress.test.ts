import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Deadlines } from '../../src/core/deadlines.ts'
import { CerthopError } from '../../src/core/errors.ts'
import { Addresses } from '../../src/upstream/addresses.ts'
import { EgressProxy } from '../../src/upstream/egress.ts'
import { egressSettings } from '../support/egress-proxy.ts'
import { assertError } from '../support/error-answer.ts'
import { MINTED } from '../support/path.ts'
import { type ProxySettings, startProxy, type TestProxy } from '../support/proxy.ts'
import type { RawConnection } from '../support/raw-connection.ts'
import { closedPort, startFullServer, startRawServer } from '../support/servers.ts'

const { authority, client } = MINTED

const ENTRY = { id: 'api', host: 'api.test', certificate: client, ca: authority }
const CONNECT = 'CONNECT blind.test:443 HTTP/1.1\r\nHost: x\r\n\r\n'
const PASSWORD = 'canary-password'

/** certhop behind an egress proxy at `port`, which is in the hands of the test. */
function startBehind(t: TestContext, port: number, settings: ProxySettings = {}): Promise<TestProxy> {
  return startProxy(t, [ENTRY], {
    egressProxy: egressSettings(`http://ann:${PASSWORD}@127.0.0.1:${port}`),
    log: { level: 'trace' },
    ...settings,
  })
}

/** Sends `request`, lets `answer` play the egress proxy, and asserts that certhop answers with `egress_proxy_failed`. */
async function assertFails(
  t: TestContext,
  answer: (egress: RawConnection) => unknown,
  expected: { detail?: RegExp; hint?: RegExp },
  settings: ProxySettings = {},
): Promise<void> {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port, settings)
  const runner = await proxy.send(CONNECT)
  const peer = await egress.accept()
  await peer.head()
  await answer(peer)
  const response = await runner.response()
  assertError(response, proxy, 'egress_proxy_failed', expected)
  assert.match(
    JSON.parse(response.body).detail,
    new RegExp(`^The egress proxy 127\\.0\\.0\\.1:${egress.port} `),
  )
  const shown = response.head + response.body + proxy.log() + JSON.stringify(proxy.records)
  assert.doesNotMatch(shown, /canary|YW5uOmNhbmFyeS1wYXNzd29yZA/)
  await peer.untilEnd()
}

test('the egress proxy is asked for the host by its name, with the credentials of the settings', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port)
  await proxy.send('CONNECT Blind.TEST:443 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic eDp5\r\n\r\n')
  assert.equal(
    await (await egress.accept()).head(),
    'CONNECT blind.test:443 HTTP/1.1\r\nHost: blind.test:443\r\n' +
      `Proxy-Authorization: Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}\r\n\r\n`,
  )
})

test('without credentials none are sent', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port, {
    egressProxy: egressSettings(`http://127.0.0.1:${egress.port}`),
  })
  await proxy.send(CONNECT)
  assert.doesNotMatch(await (await egress.accept()).head(), /authorization/i)
})

test('an IPv6 address is named in brackets', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port)
  await proxy.send('CONNECT [2001:DB8:0::1]:8443 HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.match(
    await (await egress.accept()).head(),
    /^CONNECT \[2001:db8::1\]:8443 HTTP\/1\.1\r\nHost: \[2001:db8::1\]:8443\r\n/,
  )
})

test('what resolve maps a host to is what the egress proxy is asked for', async t => {
  const egress = await startRawServer(t)
  const resolve = { 'blind.test': '192.0.2.7:8443' }
  const proxy = await startBehind(t, egress.port, { resolve })
  await proxy.send(CONNECT)
  assert.match(await (await egress.accept()).head(), /^CONNECT 192\.0\.2\.7:8443 /)
})

test('interim answers are passed over, and a head may come octet by octet', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port)
  const runner = await proxy.send(CONNECT)
  const peer = await egress.accept()
  await peer.head()
  const answer =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Connection established\r\nContent-Length: 7\r\n\r\n'
  for (const octet of answer) {
    peer.send(octet)
    await new Promise(setImmediate)
  }
  assert.match(await runner.head(), /^HTTP\/1\.1 200 /)
  runner.send('hello')
  assert.equal(await peer.bytes(5), 'hello')
  peer.send('welcome')
  assert.equal(await runner.bytes(7), 'welcome')
})

test('octets behind the head are the first of the tunnel', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port)
  for (let round = 0; round < 20; round += 1) {
    const runner = await proxy.send(CONNECT)
    const peer = await egress.accept()
    await peer.head()
    peer.send('HTTP/1.1 200 OK\r\n\r\n220 mail.test\r\n')
    await runner.head()
    assert.equal(await runner.until('\n'), '220 mail.test\r\n')
    runner.send('QUIT\r\n')
    assert.equal(await peer.until('\n'), 'QUIT\r\n')
    peer.end()
    assert.equal(await runner.untilEnd(), '')
    runner.close()
  }
})

for (const [status, hint] of [
  [407, /user and password/],
  [403, /noProxy/],
  [502, /could not reach/],
  [504, /could not reach/],
  [302, /names an HTTP proxy/],
  [400, /names an HTTP proxy/],
] as const) {
  test(`${status} to CONNECT: egress_proxy_failed says what it means`, async t => {
    const answer = `HTTP/1.1 ${status} No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 2\r\n\r\nno`
    const detail = new RegExp(`answered ${status} to CONNECT blind\\.test:443$`)
    await assertFails(t, peer => peer.send(answer), { detail, hint })
  })
}

for (const [name, answer] of [
  ['a bare LF', 'HTTP/1.1 200\nfoo'],
  ['a bare LF for the empty line', 'HTTP/1.1 200 OK\r\n\nGET / HTTP/1.1\r\n\r\n'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x46'],
  ['HTTP/2', '\x00\x00\x12\x04\x00\x00\x00\x00\x00'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['two framings', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
  ['a NUL', 'HTTP/1.1 200 OK\r\nA: \0\r\n\r\n'],
  ['a head without an end', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}`],
  ['a head that is too long', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}\r\n\r\n`],
  ['too many fields', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(300)}\r\n`],
  ['other protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
] as const) {
  test(`${name} in answer to CONNECT: egress_proxy_failed, and nothing is sent into the tunnel`, async t => {
    await assertFails(t, peer => peer.send(answer), { detail: /gave no valid answer to CONNECT: / })
  })
}

test('an egress proxy that ends or breaks the connection: egress_proxy_failed', async t => {
  const detail = /gave no valid answer to CONNECT: The connection ended before/
  await assertFails(t, peer => peer.end(), { detail })
  const cut = (peer: RawConnection) => {
    peer.send('HTTP/1.1 200 OK\r\nA:')
    peer.end()
  }
  await assertFails(t, cut, { detail })
  await assertFails(t, peer => peer.socket.resetAndDestroy(), { detail: /ECONNRESET/ })
})

test('an egress proxy that says nothing, or never an end: egress_proxy_failed within connectTimeout', async t => {
  const settings = { upstream: { connectTimeout: 200 } }
  const expected = { detail: /within 200 ms$/ }
  await assertFails(t, () => {}, expected, settings)
  await assertFails(t, peer => peer.send('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 20'), expected, settings)
})

test('an egress proxy that is not there: egress_proxy_failed, for each way in', async t => {
  const http = 'GET http://blind.test/ HTTP/1.1\r\nHost: x\r\n\r\n'
  const full = await startFullServer(t)
  for (const [proxyUrl, detail] of [
    [`http://127.0.0.1:${await closedPort()}`, /cannot be reached: ECONNREFUSED$/],
    [`http://127.0.0.1:${full}`, /within 200 ms$/],
    ['http://no-such-host.invalid:3128', /cannot be reached: The name no-such-host\.invalid could not be/],
  ] as const) {
    const egressProxy = egressSettings(proxyUrl)
    const proxy = await startProxy(t, [ENTRY], { egressProxy, upstream: { connectTimeout: 200 } })
    for (const request of [http, CONNECT, http.replace('blind', 'api')]) {
      const response = await (await proxy.send(request)).response()
      assertError(response, proxy, 'egress_proxy_failed', { detail, hint: /egressProxy/ })
    }
  }
})

test('a tunnel that ends as soon as it is open fails the request at once', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port)
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
  for (const request of [
    'GET http://api.test/ HTTP/1.1\r\nHost: x\r\n\r\n',
    `GET http://blind.test/ HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`,
  ]) {
    const runner = await proxy.send(request)
    const peer = await egress.accept()
    await peer.head()
    peer.send('HTTP/1.1 200 OK\r\n\r\n')
    peer.end()
    assertError(await runner.response(), proxy, 'connection_reset')
  }
})

test('destinations.deny holds for the name and for an address, whoever dials it', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port, {
    destinations: { deny: ['*.denied.test', '169.254.0.0/16', '127.0.0.0/8'] },
    resolve: { 'mapped.test': '169.254.169.254', 'alias.test': 'a.denied.test' },
  })
  for (const host of [
    'a.denied.test',
    'mapped.test',
    'alias.test',
    '169.254.169.254',
    '0xa9fea9fe',
    '[::ffff:a9fe:a9fe]',
    '0.0.0.0',
  ]) {
    for (const request of [`GET http://${host}/`, `GET https://${host}/`, `CONNECT ${host}:443`]) {
      const runner = await proxy.send(`${request} HTTP/1.1\r\nHost: x\r\n\r\n`)
      assertError(await runner.response(), proxy, 'destination_denied')
    }
  }
  assert.equal(egress.connections, 0)
})

test('a rule that denies the network of the egress proxy itself does not keep it from being used', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port, { destinations: { deny: ['127.0.0.0/8', 'localhost'] } })
  await proxy.send(CONNECT)
  assert.match(await (await egress.accept()).head(), /^CONNECT /)
})

test('a request for certhop itself: loop_detected, and the egress proxy is not asked', async t => {
  const egress = await startRawServer(t)
  const proxy = await startBehind(t, egress.port, { resolve: { 'self.test': '127.0.0.1' } })
  for (const host of ['127.0.0.1', 'self.test', '[::ffff:127.0.0.1]', '0.0.0.0']) {
    const runner = await proxy.send(`GET http://${host}:${proxy.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    assertError(await runner.response(), proxy, 'loop_detected')
  }
  assert.equal(egress.connections, 0)
})

test('an egress proxy that is certhop itself: loop_detected', async t => {
  const addresses = new Addresses({
    resolve: {},
    deniesHost: () => false,
    deniedNetworks: [],
    allowedNetworks: [],
    ports: [],
  })
  addresses.addOwn('127.0.0.1', 8128)
  const deadlines = new Deadlines()
  t.after(() => deadlines.close())
  const limit = {
    deadlines,
    deadline: performance.now() + 10_000,
    late: () => new CerthopError('egress_proxy_failed', 'late'),
  }
  for (const host of ['127.0.0.1', 'localhost']) {
    const options = { host, port: 8128, authorization: null, excludesHost: () => false, excludedNetworks: [] }
    const connecting = new EgressProxy(options).connect(addresses, limit)
    await assert.rejects(connecting, { code: 'loop_detected', hint: /egressProxy/ })
  }
})
