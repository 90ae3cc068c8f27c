import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import type { TlsOptions } from 'node:tls'
import { startApp } from '../../src/app.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { defaultSettings } from '../../src/settings/load.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { assertError, type Expected } from '../support/error-answer.ts'
import { MINTED, startPath } from '../support/path.ts'
import { type ProxySettings, startProxy, type TestEntry, type TestProxy } from '../support/proxy.ts'
import type { RawResponse } from '../support/raw-connection.ts'
import { closedPort, listen, startHttpsServer, startRawServer } from '../support/servers.ts'

const HOST = 'api.test'
const DAY = 86_400_000

const ENTRY: TestEntry = { id: 'api', host: HOST, certificate: MINTED.client, ca: MINTED.authority }

/** Sends a GET for `url` and asserts that it is answered with `code`. */
async function assertGetFails(
  proxy: TestProxy,
  url: string,
  code: ErrorCode,
  expected?: Expected,
): Promise<RawResponse> {
  const runner = await proxy.send(`GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const response = await runner.response()
  assertError(response, proxy, code, expected)
  return response
}

/** certhop whose requests to `api.test` lead to `port`. */
function proxyTo(
  test: TestContext,
  port: number,
  entries: TestEntry[] = [ENTRY],
  settings: ProxySettings = {},
) {
  return startProxy(test, entries, {
    ...settings,
    resolve: { [HOST]: `127.0.0.1:${port}`, ...settings.resolve },
  })
}

describe('A request that is refused', () => {
  test('names no host: not_a_proxy_request says how a proxy is used', async t => {
    const proxy = await startProxy(t, [])
    const runner = await proxy.send('GET /path HTTP/1.1\r\nHost: api.test\r\n\r\n')
    assertError(await runner.response(), proxy, 'not_a_proxy_request', { hint: /HTTP_PROXY/ })
  })

  test('is no HTTP: bad_request, and the connection ends', async t => {
    const proxy = await startProxy(t, [])
    const runner = await proxy.send('GET http://api.test/ HTTP/1.1\r\nHost : x\r\n\r\n')
    const response = await runner.response()
    assertError(response, proxy, 'bad_request', { detail: /colon/ })
    assert.match(response.head, /\r\nConnection: close\r\n/)
    assert.equal(await runner.untilEnd(), '')
  })

  test('is a TLS handshake on the plain port: bad_request at once, with the URL to write', async t => {
    const proxy = await startProxy(t, [])
    const runner = await proxy.send('\x16\x03\x01\x02\x00\x01')
    assertError(await runner.response(), proxy, 'bad_request', { hint: /http:\/\// })
  })

  test('carries a user name in its URL: bad_request, and the name is in neither answer nor log', async t => {
    const proxy = await startProxy(t, [])
    const runner = await proxy.send('GET http://canary:secret@api.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    const response = await runner.response()
    assertError(response, proxy, 'bad_request')
    assert.doesNotMatch(response.body + proxy.log(), /canary|secret/)
  })

  test('has too long a head: header_too_large', async t => {
    const proxy = await startProxy(t, [], { limits: { headerBytes: 1024 } })
    const runner = await proxy.send(
      `GET http://api.test/ HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(1024)}\r\n\r\n`,
    )
    assertError(await runner.response(), proxy, 'header_too_large', { hint: /limits\.headerBytes/ })
  })

  test('has too many fields: header_too_large', async t => {
    const proxy = await startProxy(t, [], { limits: { headerFields: 3 } })
    const runner = await proxy.send(`GET http://api.test/ HTTP/1.1\r\nHost: x\r\n${'X: x\r\n'.repeat(3)}\r\n`)
    assertError(await runner.response(), proxy, 'header_too_large', { hint: /limits\.headerFields/ })
  })

  test('does not complete its head: header_timeout', async t => {
    const proxy = await startProxy(t, [], { limits: { headerTimeout: 200 } })
    const runner = await proxy.send('GET http://api.test/ HTTP/1.1\r\nHost: x\r\n')
    assertError(await runner.response(), proxy, 'header_timeout')
    assert.equal(await runner.untilEnd(), '')
  })

  test('uses a transfer coding other than chunked: not_implemented', async t => {
    const proxy = await startProxy(t, [])
    const runner = await proxy.send(
      'POST http://api.test/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
    )
    assertError(await runner.response(), proxy, 'not_implemented')
  })

  test('is a CONNECT with a body, or to no port: bad_request', async t => {
    const proxy = await startProxy(t, [])
    for (const request of [
      'CONNECT api.test:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
      'CONNECT api.test HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      const runner = await proxy.send(request)
      assertError(await runner.response(), proxy, 'bad_request')
    }
  })

  test('has no certificate where one is required, by host or by default: certificate_required, also for CONNECT', async t => {
    for (const settings of [
      { unmatched: 'reject' as const },
      { requireCertificate: ['*.pay.test', 'pay.test'] },
    ]) {
      const proxy = await startProxy(t, [ENTRY], settings)
      await assertGetFails(proxy, 'http://pay.test/', 'certificate_required', { hint: /explain/ })
      const runner = await proxy.send('CONNECT pay.test:443 HTTP/1.1\r\nHost: x\r\n\r\n')
      assertError(await runner.response(), proxy, 'certificate_required')
    }
  })

  test('is in clear for a host with a certificate under plainHttp: reject: plain_http_refused', async t => {
    const proxy = await startProxy(t, [ENTRY], { plainHttp: 'reject' })
    await assertGetFails(proxy, `http://${HOST}/`, 'plain_http_refused', {
      certificate: 'api',
      hint: /https:\/\//,
    })
  })

  test('leads to a denied network, host or mapped address: destination_denied, and nothing is dialled', async t => {
    const server = await startRawServer(t)
    const settings = { destinations: { deny: ['127.0.0.0/8', '*.denied.test'] } }
    const proxy = await proxyTo(t, server.port, [], settings)
    await assertGetFails(proxy, `http://${HOST}/`, 'destination_denied', { hint: /destinations\.deny/ })
    await assertGetFails(proxy, `http://127.0.0.1:${server.port}/`, 'destination_denied')
    await assertGetFails(proxy, `http://[::ffff:127.0.0.1]:${server.port}/`, 'destination_denied')
    await assertGetFails(proxy, `http://localhost:${server.port}/`, 'destination_denied')
    await assertGetFails(proxy, 'http://a.denied.test/', 'destination_denied')
    assert.equal(server.connections, 0)
  })

  test('leads back to the proxy, by address, name or resolve: loop_detected', async t => {
    const proxy = await startProxy(t, [], { resolve: { 'elsewhere.test': '127.0.0.1' } })
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', 'elsewhere.test']) {
      await assertGetFails(proxy, `http://${host}:${proxy.port}/`, 'loop_detected')
    }
  })

  test('is one connection too many: too_many_connections, and there is room again when one has ended', async t => {
    const server = await startRawServer(t)
    const proxy = await proxyTo(t, server.port, [], { limits: { connections: 1 } })
    const first = await proxy.send(`GET http://${HOST}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    const peer = await server.accept()
    const second = await proxy.connect()
    assertError(await second.response(), proxy, 'too_many_connections')
    peer.send('HTTP/1.1 204 No Content\r\n\r\n')
    await first.head()
    first.end()
    await first.untilEnd()
    const third = await proxy.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    assertError(await third.response(), proxy, 'not_a_proxy_request')
  })

  test('gets no body with its error when it is a HEAD', async t => {
    const proxy = await startProxy(t, [], { unmatched: 'reject' })
    const runner = await proxy.send('HEAD http://pay.test/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const answer = await runner.untilEnd()
    assert.match(answer, /^HTTP\/1\.1 403 /)
    assert.match(answer, /\r\nContent-Length: [1-9]\d+\r\n/)
    assert.ok(answer.endsWith('\r\n\r\n'))
  })

  test('leaves the connection open for the next one when its own body was read', async t => {
    const proxy = await startProxy(t, [], { unmatched: 'reject' })
    const runner = await proxy.connect()
    for (const version of ['1.1', '1.1', '1.0']) {
      runner.send(
        `POST http://pay.test/ HTTP/${version}\r\nHost: x\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi`,
      )
      const response = await runner.response()
      assertError(response, proxy, 'certificate_required')
      assert.equal(/\r\nConnection: keep-alive\r\n/.test(response.head), version === '1.0')
    }
  })
})

describe('A server that is not reached', () => {
  test('has no address: dns_failed', async t => {
    const proxy = await startProxy(t, [])
    await assertGetFails(proxy, 'http://no-such-host.invalid/', 'dns_failed', { hint: /resolve/ })
  })

  test('has nobody listening: connection_refused, for GET and for CONNECT', async t => {
    const port = await closedPort()
    const proxy = await startProxy(t, [])
    await assertGetFails(proxy, `http://127.0.0.1:${port}/`, 'connection_refused')
    const runner = await proxy.send(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    assertError(await runner.response(), proxy, 'connection_refused')
  })

  test('never answers the handshake: handshake_timeout', async t => {
    const server = await startRawServer(t)
    const proxy = await proxyTo(t, server.port, [ENTRY], { upstream: { handshakeTimeout: 200 } })
    await assertGetFails(proxy, `http://${HOST}/`, 'handshake_timeout', { certificate: 'api' })
  })

  test('never answers the request: response_timeout', async t => {
    const { proxy, url, server } = await startPath(t, 'with a certificate', {
      upstream: { responseTimeout: 200 },
    })
    await assertGetFails(proxy, `${url}/`, 'response_timeout', { hint: /upstream\.responseTimeout/ })
    assert.equal(server.connections, 1)
  })
})

describe('A server that is not who it should be', () => {
  async function assertServerFails(t: TestContext, certificate: Certificate, code: ErrorCode, entry = ENTRY) {
    const server = await startRawServer(t, { certificate })
    const proxy = await proxyTo(t, server.port, [entry])
    await assertGetFails(proxy, `http://${HOST}/`, code, { certificate: 'api' })
  }

  test('has a certificate of an unknown authority: server_certificate_untrusted', async t => {
    const { ca: _, ...entry } = ENTRY
    await assertServerFails(t, MINTED.server, 'server_certificate_untrusted', entry)
  })

  test('has a certificate that has expired: server_certificate_expired', async t => {
    const notAfter = new Date(Date.now() - DAY)
    const certificate = await MINTED.authority.server({
      name: HOST,
      notBefore: new Date(Date.now() - 9 * DAY),
      notAfter,
    })
    await assertServerFails(t, certificate, 'server_certificate_expired')
  })

  test('has a certificate for another name: server_name_mismatch', async t => {
    await assertServerFails(
      t,
      await MINTED.authority.server({ name: 'elsewhere.test' }),
      'server_name_mismatch',
    )
  })

  test('is untrusted for requests without a certificate as well', async t => {
    const server = await startRawServer(t, { certificate: MINTED.server })
    const proxy = await proxyTo(t, server.port, [])
    await assertGetFails(proxy, `https://${HOST}/`, 'server_certificate_untrusted', {
      certificate: undefined,
    })
  })
})

/** Alerts by which a server refuses a certificate, with their numbers (RFC 8446 section 6). */
const CERTIFICATE_ALERTS = {
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  unknown_ca: 48,
  access_denied: 49,
  certificate_required: 116,
}

describe('A server that ends the handshake with an alert', () => {
  /** The record of a fatal alert, in clear, as it comes before keys are agreed on. */
  const alertRecord = (number: number) => `\x15\x03\x03\x00\x02\x02${String.fromCharCode(number)}`

  async function assertAlert(
    t: TestContext,
    number: number,
    url: string,
    code: ErrorCode,
    expected: Expected,
  ) {
    const server = await startRawServer(t)
    const proxy = await proxyTo(t, server.port)
    const answered = server.accept().then(peer => peer.send(alertRecord(number)))
    await assertGetFails(proxy, url.replace('PORT', String(server.port)), code, expected)
    await answered
  }

  for (const [name, number] of Object.entries(CERTIFICATE_ALERTS)) {
    test(`${name}: client_certificate_rejected, with its name and what to do`, async t => {
      const expected = { detail: new RegExp(`\\b${name}\\b`), hint: /\w/, certificate: 'api' }
      await assertAlert(t, number, `http://${HOST}/`, 'client_certificate_rejected', expected)
    })
  }

  test('about a certificate that no entry could give: client_certificate_demanded', async t => {
    await assertAlert(t, 116, 'https://127.0.0.1:PORT/', 'client_certificate_demanded', {
      hint: /entry/,
      certificate: undefined,
    })
  })

  test('about anything else: tls_protocol, with its name', async t => {
    await assertAlert(t, 70, `http://${HOST}/`, 'tls_protocol', {
      detail: /protocol_version/,
      certificate: 'api',
    })
    await assertAlert(t, 40, 'https://127.0.0.1:PORT/', 'tls_protocol', { detail: /handshake_failure/ })
  })
})

test('A server that drops the connection instead of refusing the certificate: connection_reset, and the hint says that it may', async t => {
  const other = await createAuthority({ name: 'Other authority' })
  const entry = { ...ENTRY, certificate: await other.client({ name: 'stranger' }) }
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { minVersion: version, maxVersion: version }
    const setup = { certificate: MINTED.server, clientAuthority: MINTED.authority, options }
    const port = await startHttpsServer(t, setup, (_request, response) => response.end('let in'))
    const proxy = await proxyTo(t, port, [entry])
    await assertGetFails(proxy, `http://${HOST}/`, 'connection_reset', {
      hint: /refuse a certificate/,
      certificate: 'api',
    })
  }
})

test('A server without a TLS version in common: tls_protocol', async t => {
  const options: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  const server = await startRawServer(t, { certificate: MINTED.server, options })
  const proxy = await proxyTo(t, server.port)
  await assertGetFails(proxy, `http://${HOST}/`, 'tls_protocol', { certificate: 'api' })
})

describe('A server that does not speak', () => {
  test('TLS on that port: tls_protocol, and the hint is to check the port', async t => {
    const server = await startRawServer(t)
    const proxy = await proxyTo(t, server.port)
    const answered = server.accept().then(peer => peer.send('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await assertGetFails(proxy, `http://${HOST}/`, 'tls_protocol', { hint: /port/ })
    await answered
  })

  test('HTTP/1.x: bad_response', async t => {
    for (const bytes of [
      'SSH-2.0-x\r\n',
      'HTTP/2.0 200 OK\r\n\r\n',
      'HTTP/1.1 20 OK\r\n\r\n',
      'HTTP/1.1 200 OK\nX: y\n\n',
    ]) {
      const { proxy, url, server } = await startPath(t, 'in clear')
      const answered = server.accept().then(peer => peer.send(bytes))
      await assertGetFails(proxy, `${url}/`, 'bad_response')
      await answered
    }
  })

  test('clearly of the end of its message: bad_response', async t => {
    for (const fields of [
      'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n',
      'Content-Length: 1\r\nContent-Length: 2\r\n',
    ]) {
      const { proxy, url, server } = await startPath(t, 'with a certificate')
      const answered = server.accept().then(peer => peer.send(`HTTP/1.1 200 OK\r\n${fields}\r\nx`))
      await assertGetFails(proxy, `${url}/`, 'bad_response', { certificate: 'api' })
      await answered
    }
  })

  test('of another protocol although it was not asked: bad_response', async t => {
    const { proxy, url, server } = await startPath(t, 'with a certificate')
    const answered = server
      .accept()
      .then(peer => peer.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'))
    await assertGetFails(proxy, `${url}/`, 'bad_response', { detail: /without having been asked/ })
    await answered
  })
})

describe('An entry that cannot be used wins its hosts all the same', () => {
  async function assertUnusable(
    t: TestContext,
    change: Partial<TestEntry> & { key?: string },
    code: ErrorCode,
  ) {
    const server = await startRawServer(t, { certificate: MINTED.server, clientAuthority: MINTED.authority })
    const working = { ...ENTRY, id: 'working', host: '*.test' }
    const proxy = await proxyTo(t, server.port, [working, { ...ENTRY, ...change }])
    await assertGetFails(proxy, `http://${HOST}/`, code, { certificate: 'api' })
    assert.equal(server.connections, 0)
  }

  test('with a certificate that has expired: client_certificate_expired, and nothing is dialled', async t => {
    const notAfter = new Date(Date.now() - DAY)
    const certificate = await MINTED.authority.client({
      name: 'old',
      notBefore: new Date(Date.now() - 9 * DAY),
      notAfter,
    })
    await assertUnusable(t, { certificate }, 'client_certificate_expired')
  })
})

test("A port that is taken is the system's own error, and nothing is left running", async t => {
  const port = await listen(t, createServer())
  const proxy = await startProxy(t, [])
  const settings = {
    ...defaultSettings(`${proxy.folder}/registry.yaml`),
    log: { level: 'silent', access: false, query: false },
  }
  await assert.rejects(startApp({ ...settings, listen: { ...settings.listen, port } }), {
    code: 'EADDRINUSE',
  })
})
