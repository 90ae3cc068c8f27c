import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import type { TLSSocket, TlsOptions } from 'node:tls'
import { keyFileOf } from '../../src/identity/source.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { egressSettings, startEgressProxy } from '../support/egress-proxy.ts'
import { assertError } from '../support/error-answer.ts'
import { createBilingualServer, http2Over } from '../support/http2.ts'
import { ENTRY, get, HOST, type Intercepting, startIntercepting } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import type { ProxySettings } from '../support/proxy.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { listen, startHttpsServer, startRawServer } from '../support/servers.ts'

const { authority, server: serverCertificate } = MINTED
const PIN = pinOf(serverCertificate)
const OTHER_PIN = pinOf(await createAuthority({ name: 'Other' }))
const internal = await authority.server({ name: 'internal.test' })

function pinOf({ x509 }: Certificate): string {
  return `sha256/${hash('sha256', x509.publicKey.export({ type: 'spki', format: 'der' }), 'base64')}`
}

function entryWith(tls: object) {
  return { ...ENTRY, tls }
}

/** A server that demands a certificate, and what it saw. */
async function startServer(t: TestContext, options: TlsOptions = {}, certificate = serverCertificate) {
  const requests: string[] = []
  const handshakes: { version: string | null; serverName: unknown }[] = []
  const offered: string[][] = []
  const server = createBilingualServer(
    {
      certificate,
      clientAuthority: authority,
      options: {
        ...options,
        ALPNCallback: ({ protocols }) => {
          offered.push(protocols)
          return protocols.includes('h2') ? 'h2' : 'http/1.1'
        },
      },
    },
    (request, response) => {
      requests.push(request.url)
      response.end(`HTTP/${request.httpVersion}`)
    },
  )
  server.on('secureConnection', socket => {
    handshakes.push({ version: socket.getProtocol(), serverName: socket.servername })
  })
  const port = await listen(t, server)
  return { port, requests, handshakes, offered }
}

interface Answer {
  readonly status: number
  readonly body: string
}

async function askHttp1(runner: RawConnection, request: string): Promise<Answer> {
  runner.send(request)
  const { status, head, body } = await runner.response()
  if (!/transfer-encoding: chunked/i.test(head)) return { status, body }
  const chunks = await runner.until('0\r\n\r\n')
  return { status, body: chunks.split('\r\n')[1] ?? '' }
}

async function askHttp2(t: TestContext, socket: TLSSocket): Promise<Answer> {
  const session = http2Over(socket, HOST)
  session.on('error', () => {})
  t.after(() => session.destroy())
  const stream = session.request({ ':path': '/h2' })
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  return { status: Number(headers[':status']), body: await text(stream) }
}

type Ask = (intercepting: Intercepting, t: TestContext) => Promise<Answer>

/** Every way in which a request comes to a host with an entry. */
const WAYS_IN: Record<string, Ask> = {
  'http:// in absolute-form': async ({ proxy }) => askHttp1(await proxy.connect(), get(`http://${HOST}/`)),
  'https:// in absolute-form': async ({ proxy }) => askHttp1(await proxy.connect(), get(`https://${HOST}/`)),
  'HTTP/1.1 in a tunnel': async ({ open }) => askHttp1(await open(), get('/')),
  'HTTP/2 in a tunnel': async ({ secure }, t) => askHttp2(t, await secure({ ALPNProtocols: ['h2'] })),
  'clear text in a tunnel': async ({ tunnel }) =>
    askHttp1(
      new RawConnection((await tunnel(`CONNECT ${HOST}:80 HTTP/1.1\r\nHost: x\r\n\r\n`)).socket),
      get('/'),
    ),
}

const absolute = WAYS_IN['https:// in absolute-form'] as Ask

async function start(t: TestContext, port: number, tls: object, settings: ProxySettings = {}) {
  return startIntercepting(t, port, settings, [entryWith(tls)])
}

async function assertRefused(intercepting: Intercepting, ask: Promise<Answer>, code: string): Promise<void> {
  const { status, body } = await ask
  assert.equal(JSON.parse(body).type, `urn:certhop:error:${code}`, body)
  assert.equal(status, 502)
  assert.equal(JSON.parse(body).certificate, 'api')
  assert.equal(intercepting.proxy.records.at(-1)?.error, code)
}

describe('a pinned key', () => {
  for (const [way, ask] of Object.entries(WAYS_IN)) {
    for (const through of ['', ', through the egress proxy']) {
      test(`is what the server must have, for ${way}${through}`, async t => {
        const { port, requests } = await startServer(t)
        const settings: ProxySettings =
          through === '' ? {} : { egressProxy: egressSettings((await startEgressProxy(t)).url) }
        const right = await start(t, port, { pin: PIN }, settings)
        assert.equal((await ask(right, t)).status, 200)
        assert.equal(requests.length, 1)
        const wrong = await start(t, port, { pin: OTHER_PIN }, settings)
        await assertRefused(wrong, ask(wrong, t), 'server_pin_mismatch')
        assert.equal(requests.length, 1, 'nothing is sent to a server with another key')
      })
    }
  }

  test('is told with the key that the server has', async t => {
    const { port } = await startServer(t)
    const { proxy } = await start(t, port, { pin: OTHER_PIN })
    const runner = await proxy.send(get(`https://${HOST}/`))
    assertError(await runner.response(), proxy, 'server_pin_mismatch', {
      detail: new RegExp(`is trusted, but its key is ${PIN.replaceAll('+', '\\+')}`),
      hint: /new key/,
      certificate: 'api',
    })
  })

  test('may be one of several', async t => {
    const { port } = await startServer(t)
    const intercepting = await start(t, port, { pin: [OTHER_PIN, PIN] })
    assert.equal((await absolute(intercepting, t)).status, 200)
  })

  test('is that of the server’s own certificate, and not of its authority', async t => {
    const { port } = await startServer(t)
    const intercepting = await start(t, port, { pin: pinOf(authority) })
    await assertRefused(intercepting, absolute(intercepting, t), 'server_pin_mismatch')
  })

  test('makes nobody trusted: a stranger with the pinned key is refused', async t => {
    const stranger = await createAuthority({ name: 'Stranger' })
    const certificate = await stranger.server({ name: HOST })
    const { port, requests } = await startServer(t, {}, certificate)
    const intercepting = await start(t, port, { pin: pinOf(certificate) })
    await assertRefused(intercepting, absolute(intercepting, t), 'server_certificate_untrusted')
    const elsewhere = await startServer(t, {}, internal)
    const misnamed = await start(t, elsewhere.port, { pin: pinOf(internal) })
    await assertRefused(misnamed, absolute(misnamed, t), 'server_name_mismatch')
    assert.deepEqual([...requests, ...elsewhere.requests], [])
  })

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const only = { minVersion: version, maxVersion: version }

    test(`is not evaded by resuming a session of ${version}`, async t => {
      const { port, requests } = await startServer(t, only)
      const intercepting = await start(t, port, { pin: PIN }, { upstream: { reuse: 'never' } })
      const { proxy } = intercepting
      for (const resumed of [false, true]) {
        assert.equal((await absolute(intercepting, t)).status, 200)
        assert.equal(proxy.records.at(-1)?.resumed, resumed)
      }
      await proxy.setEntries([entryWith({ pin: OTHER_PIN })])
      // The second one would resume what the first one has left.
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await assertRefused(intercepting, absolute(intercepting, t), 'server_pin_mismatch')
      }
      assert.equal(requests.length, 2)
    })
  }

  test('that is added holds at once, for connections that are kept and for tunnels that are open', async t => {
    const { port, requests } = await startServer(t)
    const { proxy, open } = await start(t, port, {})
    const tunnel = await open()
    const runner = await proxy.connect()
    assert.equal((await askHttp1(tunnel, get('/'))).status, 200)
    assert.equal((await askHttp1(runner, get(`https://${HOST}/`))).status, 200)
    await proxy.setEntries([entryWith({ pin: OTHER_PIN })])
    for (const answer of [
      await askHttp1(tunnel, get('/')),
      await askHttp1(runner, get(`https://${HOST}/`)),
    ]) {
      assert.match(answer.body, /server_pin_mismatch/)
    }
    assert.equal(requests.length, 2)
  })

  test('holds also where the files of the entry break at the same time, and its last good version stays', async t => {
    const { port, requests } = await startServer(t)
    const intercepting = await start(t, port, {})
    const { registry } = intercepting.proxy.app
    assert.equal((await absolute(intercepting, t)).status, 200)
    const source = registry.current.entries[0]?.definition.source
    assert.ok(source)
    await writeFile(keyFileOf(source), 'broken')
    await intercepting.proxy.setEntries([entryWith({ pin: OTHER_PIN })])
    assert.equal(registry.current.entries[0]?.stale?.code, 'client_certificate_invalid')
    await assertRefused(intercepting, absolute(intercepting, t), 'server_pin_mismatch')
    assert.equal(requests.length, 1)
  })
})

describe('TLS versions', () => {
  for (const [limit, version, other] of [
    [{ minVersion: 'TLSv1.3' }, 'TLSv1.3', 'TLSv1.2'],
    [{ maxVersion: 'TLSv1.2' }, 'TLSv1.2', 'TLSv1.3'],
  ] as const) {
    const setting = Object.entries(limit).join().replace(',', ': ')

    test(`${setting} is what servers are spoken to with`, async t => {
      const { port, handshakes } = await startServer(t)
      for (const ask of Object.values(WAYS_IN)) {
        assert.equal((await ask(await start(t, port, limit), t)).status, 200)
        assert.equal(handshakes.at(-1)?.version, version)
      }
    })

    for (const [way, ask] of Object.entries(WAYS_IN)) {
      test(`a server of ${other} gets nothing under ${setting}, and the answer names the setting: ${way}`, async t => {
        const { port, requests } = await startServer(t, { minVersion: other, maxVersion: other })
        const intercepting = await start(t, port, limit)
        const { body } = await ask(intercepting, t)
        const { type, hint } = JSON.parse(body)
        assert.equal(type, 'urn:certhop:error:tls_protocol')
        assert.ok(hint.includes(`\`tls.${setting}\` of the entry \`api\``), hint)
        assert.deepEqual(requests, [])
      })
    }
  }

  test('a server that answers with an older version than was offered is refused', async t => {
    const server = await startRawServer(t)
    const intercepting = await start(t, server.port, { minVersion: 'TLSv1.3' })
    const answer = absolute(intercepting, t)
    const peer = await server.accept()
    await peer.bytes(6)
    // A ServerHello of TLS 1.2: random, no session, ECDHE-RSA-AES128-GCM-SHA256, no compression.
    const hello = Buffer.concat([
      Buffer.from('0303', 'hex'),
      Buffer.alloc(32, 1),
      Buffer.from('00c02f00', 'hex'),
    ])
    const message = Buffer.concat([Buffer.from([2, 0, 0, hello.length]), hello])
    peer.send(Buffer.concat([Buffer.from([22, 3, 3, 0, message.length]), message]))
    await assertRefused(intercepting, answer, 'tls_protocol')
  })
})

describe('serverName', () => {
  for (const [way, ask] of Object.entries(WAYS_IN)) {
    test(`is sent as SNI, and is what the server must be, for ${way}`, async t => {
      const { port, handshakes } = await startServer(t, {}, internal)
      const intercepting = await start(t, port, { serverName: 'Internal.test' })
      assert.equal((await ask(intercepting, t)).status, 200)
      assert.equal(handshakes[0]?.serverName, 'internal.test')
    })
  }

  test('refuses the server of the host that was asked for, if it is not that one', async t => {
    const { port, requests } = await startServer(t)
    const { proxy } = await start(t, port, { serverName: 'internal.test' })
    const runner = await proxy.send(get(`https://${HOST}/`))
    assertError(await runner.response(), proxy, 'server_name_mismatch', {
      detail: /not for internal\.test$/,
      hint: /`tls\.serverName` of the entry `api`/,
    })
    assert.deepEqual(requests, [])
  })

  test('is sent also where the host is an address, for which there is no SNI otherwise', async t => {
    const byAddress = await authority.server({ name: 'internal.test', names: ['127.0.0.1'] })
    const { port, handshakes } = await startServer(t, {}, byAddress)
    for (const [tls, seen] of [
      [{}, false],
      [{ serverName: 'internal.test' }, 'internal.test'],
    ] as const) {
      const { proxy } = await startIntercepting(t, port, {}, [{ ...entryWith(tls), host: '127.0.0.1' }])
      const { status } = await askHttp1(await proxy.connect(), get(`https://127.0.0.1:${port}/`))
      assert.equal(status, 200)
      assert.equal(handshakes.at(-1)?.serverName, seen)
    }
  })

  test('leaves the runner what it asked for: Host, and the name of the certificate that it is shown', async t => {
    const hosts: unknown[] = []
    const port = await startHttpsServer(
      t,
      { certificate: internal, clientAuthority: authority },
      (request, response) => {
        hosts.push(request.headers.host)
        response.end('ok')
      },
    )
    const { open } = await start(t, port, { serverName: 'internal.test' })
    assert.equal((await askHttp1(await open(), get('/'))).status, 200)
    assert.deepEqual(hosts, [HOST])
  })
})

describe('http2: false', () => {
  test('offers the server HTTP/1.1 only, and the runner gets that', async t => {
    const { port, offered } = await startServer(t)
    const { secure } = await start(t, port, { http2: false })
    for (const ALPNProtocols of [['h2', 'http/1.1'], ['http/1.1', 'h2'], ['http/1.1'], undefined]) {
      const socket = await secure(ALPNProtocols === undefined ? {} : { ALPNProtocols })
      assert.equal(socket.alpnProtocol, ALPNProtocols === undefined ? false : 'http/1.1')
      assert.equal((await askHttp1(new RawConnection(socket), get('/'))).body, 'HTTP/1.1')
    }
    assert.ok(offered.length > 0)
    assert.deepEqual([...new Set(offered.flat())], ['http/1.1'])
  })

  test('answers a runner that speaks HTTP/2 alone in it, and dials nobody further', async t => {
    const { port, requests, offered } = await startServer(t)
    const intercepting = await start(t, port, { http2: false })
    const { status, body } = await askHttp2(t, await intercepting.secure({ ALPNProtocols: ['h2'] }))
    assert.equal(status, 502)
    assert.equal(JSON.parse(body).type, 'urn:certhop:error:tls_protocol')
    assert.match(JSON.parse(body).detail, /`api` has `http2: false`/)
    assert.deepEqual([requests, offered], [[], []])
  })

  test('that is set later ends the HTTP/2 tunnels that are open', async t => {
    const { port } = await startServer(t)
    const { secure, proxy } = await start(t, port, {})
    const session = http2Over(await secure({ ALPNProtocols: ['h2'] }), HOST)
    session.on('error', () => {})
    t.after(() => session.destroy())
    const stream = session.request({ ':path': '/' })
    assert.equal(await text(stream), 'HTTP/2.0')
    const goaway = once(session, 'goaway')
    await proxy.setEntries([entryWith({ http2: false })])
    await goaway
    const next = await secure({ ALPNProtocols: ['h2', 'http/1.1'] })
    assert.equal(next.alpnProtocol, 'http/1.1')
  })
})

test('a server is verified whatever NODE_TLS_REJECT_UNAUTHORIZED says, which is meant for the runner', async t => {
  const stranger = await createAuthority({ name: 'Stranger' })
  const { port, requests } = await startServer(t, {}, await stranger.server({ name: HOST }))
  const intercepting = await start(t, port, {})
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.after(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  })
  await assertRefused(intercepting, absolute(intercepting, t), 'server_certificate_untrusted')
  assert.deepEqual(requests, [])
})
