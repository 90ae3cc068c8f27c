import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Session, Http2Stream, IncomingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { createAuthority } from '../support/certificates.ts'
import { http2Over, startHttp2Server } from '../support/http2.ts'
import { ENTRY, get, HOST, startIntercepting } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { clientName, startHttpsServer, startRawServer } from '../support/servers.ts'
import { secured } from '../support/tunnel.ts'

const ASKING = {
  certificate: MINTED.server,
  clientAuthority: MINTED.authority,
  options: { rejectUnauthorized: false },
}
const renewed = await MINTED.authority.client({ name: 'renewed' })

describe('inside a tunnel that is kept open', () => {
  test('each request is sent as whoever wins when it is sent', async t => {
    const port = await startHttpsServer(t, ASKING, (request, response) =>
      response.end(`${clientName(request.socket)}.`),
    )
    const { open, proxy } = await startIntercepting(t, port, {
      // Without an entry the server is one like any other, and not trusted: see below.
      upstream: { reuse: 'shared' },
    })
    const runner = await open()
    const seen = async () => {
      runner.send(get('/'))
      return await runner.response()
    }
    assert.equal((await seen()).body, 'runner.')
    await proxy.setEntries([{ ...ENTRY, id: 'renewed', certificate: renewed }])
    assert.equal((await seen()).body, 'renewed.')
    await proxy.setEntries([])
    const { status, body } = await seen()
    assert.equal(status, 502)
    const { type, certificate } = JSON.parse(body)
    assert.equal(type, 'urn:certhop:error:server_certificate_untrusted')
    assert.equal(certificate, undefined)
  })
})

describe('when an identity is removed, its HTTP/2 tunnels', () => {
  async function startHttp2(t: TestContext) {
    const server = await startHttp2Server(t, {
      certificate: MINTED.server,
      clientAuthority: MINTED.authority,
    })
    const intercepting = await startIntercepting(t, server.port)
    const session = http2Over(await intercepting.secure({ ALPNProtocols: ['h2'] }), HOST)
    session.on('error', () => {})
    t.after(() => session.destroy())
    return { server, intercepting, session }
  }

  const begin = (session: ClientHttp2Session, path: string) => {
    const stream = session.request({ ':method': 'POST', ':path': path })
    const answered = once(stream, 'response') as Promise<[IncomingHttpHeaders]>
    return { stream, status: answered.then(([headers]) => headers[':status']) }
  }

  test('finish the requests in flight and take no more: a GOAWAY says so at once', async t => {
    const { server, intercepting, session } = await startHttp2(t)
    const { stream, status } = begin(session, '/slow')
    const accepted = await server.accept()
    accepted.stream.respond({ ':status': 200 })
    accepted.stream.write('first,')
    assert.equal(await status, 200)
    const body = text(stream)

    const goaway = once(session, 'goaway')
    await intercepting.proxy.setEntries([{ ...ENTRY, id: 'renewed', certificate: renewed }])
    const [code] = await goaway
    assert.equal(code, 0)
    stream.end('late')
    assert.equal(await accepted.body.untilEnd(), 'late')
    accepted.stream.end('last')
    assert.equal(await body, 'first,last')
    assert.equal(session.closed, true)

    const next = http2Over(await intercepting.secure({ ALPNProtocols: ['h2'] }), HOST)
    t.after(() => next.destroy())
    begin(next, '/next').stream.end()
    assert.equal((await server.accept()).identity, 'renewed')
  })

  test('get the GOAWAY between two frames, however the bytes of a long answer are cut', async t => {
    const { server, intercepting, session } = await startHttp2(t)
    const { stream, status } = begin(session, '/long')
    stream.end()
    const accepted = await server.accept()
    accepted.stream.respond({ ':status': 200 })
    assert.equal(await status, 200)
    const block = Buffer.alloc(3_000_000, 'x')
    accepted.stream.end(block)
    const [body] = await Promise.all([
      text(stream),
      intercepting.proxy.setEntries([]),
      once(session, 'goaway'),
    ])
    assert.equal(body.length, block.length)
  })

  test('get it too when the proxy stops, and the stop is clean', async t => {
    const { server, intercepting, session } = await startHttp2(t)
    const { stream, status } = begin(session, '/last')
    stream.end()
    const accepted = await server.accept()
    const stopped = intercepting.proxy.app.stop()
    await once(session, 'goaway')
    accepted.stream.respond({ ':status': 204 })
    accepted.stream.end()
    assert.equal(await status, 204)
    assert.equal(await stopped, 'clean')
  })

  test('are ended when they have not finished in time', async t => {
    const server = await startHttp2Server(t, {
      certificate: MINTED.server,
      clientAuthority: MINTED.authority,
    })
    const intercepting = await startIntercepting(t, server.port, { shutdownTimeout: 200 })
    const session = http2Over(await intercepting.secure({ ALPNProtocols: ['h2'] }), HOST)
    session.on('error', () => {})
    const stream = session.request({ ':path': '/never' }) as Http2Stream
    stream.on('error', () => {})
    await server.accept()
    await intercepting.proxy.setEntries([])
    await once(session, 'close')
  })
})

describe('a CONNECT to an IP address', () => {
  const toAddress = (port: number) => `127.0.0.1:${port}`

  test('is for the host that the ClientHello names, when an entry matches that: the address is dialled, and the server must be that host', async t => {
    const port = await startHttpsServer(
      t,
      { certificate: MINTED.server, clientAuthority: MINTED.authority },
      (request, response) => response.end(`${clientName(request.socket)} ${request.headers.host}`),
    )
    const { open, proxy } = await startIntercepting(t, 1)
    const runner = await open({}, toAddress(port))
    runner.send(get('/', HOST))
    await runner.until(`runner ${HOST}`)
    const { host, port: recorded, certificate, way } = proxy.records.at(-1) ?? {}
    assert.deepEqual(
      { host, recorded, certificate, way },
      { host: HOST, recorded: port, certificate: 'api', way: 'connect-h1' },
    )
  })

  test('whose server is another host gets an error, and no certificate', async t => {
    const server = await startRawServer(t, {
      certificate: await MINTED.authority.server({ name: 'else.test' }),
      clientAuthority: MINTED.authority,
    })
    const { open } = await startIntercepting(t, 1)
    const runner = await open({}, toAddress(server.port))
    runner.send(get('/', HOST))
    assert.match((await runner.response()).body, /server_name_mismatch/)
  })

  test('does not share its connections with the same host at another address', async t => {
    const servers = await Promise.all(
      ['first', 'second'].map(name =>
        startHttpsServer(
          t,
          { certificate: MINTED.server, clientAuthority: MINTED.authority },
          (_request, response) => response.end(`${name}.`),
        ),
      ),
    )
    const [first = 0, second = 0] = servers
    const { open, proxy } = await startIntercepting(t, first, {
      resolve: { '127.0.0.2:443': `127.0.0.1:${second}`, '127.0.0.1:443': `127.0.0.1:${first}` },
    })
    for (const [address, expected] of [
      ['127.0.0.1', 'first.'],
      ['127.0.0.2', 'second.'],
      ['127.0.0.1', 'first.'],
    ] as const) {
      const runner = await open({}, `${address}:443`)
      runner.send(get('/'))
      await runner.until(expected)
      runner.close()
    }
    assert.deepEqual(
      proxy.records.map(({ reused }) => reused),
      [false, false, true],
    )
  })

  test('is not opened when no entry matches the name either', async t => {
    const server = await startRawServer(t, { certificate: MINTED.server })
    const { tunnel } = await startIntercepting(t, 1)
    const { socket } = await tunnel(`CONNECT ${toAddress(server.port)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const tls = await secured(connectTls({ socket, servername: 'other.test', ca: MINTED.authority.pem }))
    assert.equal(tls.getPeerX509Certificate()?.fingerprint256, MINTED.server.x509.fingerprint256)
  })

  test('is refused inside when the host that the ClientHello names is never to be dialled', async t => {
    const server = await startRawServer(t, ASKING)
    const { open } = await startIntercepting(t, 1, { destinations: { deny: ['api.*'] } })
    const runner = await open({}, toAddress(server.port))
    runner.send(get('/'))
    const { status, body } = await runner.response()
    assert.equal(status, 403)
    assert.match(body, /destination_denied/)
    assert.equal(server.connections, 0)
  })

  test('is refused inside when hosts without a certificate are: by default, and by the name in the ClientHello', async t => {
    const server = await startRawServer(t, { certificate: MINTED.server })
    for (const settings of [{ unmatched: 'reject' as const }, { requireCertificate: ['other.test'] }]) {
      const { open, proxy } = await startIntercepting(t, 1, settings)
      const runner = await open({ servername: 'other.test' }, toAddress(server.port))
      runner.send(get('/', 'other.test'))
      const { status, body } = await runner.response()
      assert.equal(status, 403)
      assert.match(body, /certificate_required/)
      assert.equal(proxy.records.at(-1)?.error, 'certificate_required')
    }
    assert.equal(server.connections, 0)
  })
})

describe('HTTP in clear inside a CONNECT', () => {
  test('goes out over TLS, to 443 in the place of 80, with the certificate and the Host that the runner wrote', async t => {
    const port = await startHttpsServer(
      t,
      { certificate: MINTED.server, clientAuthority: MINTED.authority },
      (request, response) =>
        response.end(`${clientName(request.socket)} ${request.url} ${request.headers.host}`),
    )
    const { tunnel, proxy } = await startIntercepting(t, port)
    const { socket } = await tunnel(`CONNECT ${HOST}:80 HTTP/1.1\r\nHost: x\r\n\r\n`)
    const runner = new RawConnection(socket)
    for (const path of ['/a', '/b']) {
      runner.send(get(path, 'written.test'))
      await runner.until(`runner ${path} written.test`)
    }
    assert.deepEqual(
      proxy.records.map(({ way, certificate, reused }) => [way, certificate, reused]),
      [
        ['connect-h1', 'api', false],
        ['connect-h1', 'api', true],
      ],
    )
  })

  test('may be HTTP/2, and goes out as it, over TLS', async t => {
    const server = await startHttp2Server(t, {
      certificate: MINTED.server,
      clientAuthority: MINTED.authority,
    })
    const { tunnel } = await startIntercepting(t, server.port)
    const { socket } = await tunnel(`CONNECT ${HOST}:80 HTTP/1.1\r\nHost: x\r\n\r\n`)
    const session = http2Over(socket as TLSSocket, HOST)
    t.after(() => session.destroy())
    const stream = session.request({ ':path': '/' })
    const accepted = await server.accept()
    assert.equal(accepted.identity, 'runner')
    accepted.stream.respond({ ':status': 200 })
    accepted.stream.end('answer')
    assert.equal(await text(stream), 'answer')
  })

  for (const [name, start] of Object.entries({ CRLF: '\r\n', LF: '\n', space: ' ', tab: '\t', CR: '\r' })) {
    test(`does not reach the server in clear because of a ${name} in front of it`, async t => {
      const server = await startRawServer(t)
      const { tunnel } = await startIntercepting(t, server.port)
      const runner = new RawConnection((await tunnel()).socket)
      const peer = await server.accept()
      runner.send(start + get('/'))
      assert.equal(await peer.bytes(1), '\x16', 'TLS is what reaches the server')
      // CRLF is passed over (RFC 9112 section 2.2), and everything else is refused.
      if (start !== '\r\n') assert.match(await runner.head(), /^HTTP\/1.1 400 /)
    })
  }

  test('that is not HTTP after all is refused', async t => {
    const server = await startRawServer(t, ASKING)
    const { tunnel } = await startIntercepting(t, server.port)
    const runner = new RawConnection((await tunnel()).socket)
    runner.send('EHLO runner\r\n')
    assert.match(await runner.untilEnd(), /^HTTP\/1.1 400 /)
  })
})

test('a ticket of one host does not open the TLS of another', async t => {
  const server = await startRawServer(t, ASKING)
  const entry = { ...ENTRY, host: [HOST, 'other.test'] }
  const { secure } = await startIntercepting(t, server.port, {}, [entry])
  const options = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const
  const first = await secure(options)
  const [session] = await once(first, 'session')
  const other = await secure({ ...options, session, servername: 'other.test' })
  assert.equal(other.isSessionReused(), false)
})

test('a stranger authority is not what runners are shown', async t => {
  const stranger = await createAuthority({ name: 'Stranger' })
  const server = await startRawServer(t, ASKING)
  const { secure } = await startIntercepting(t, server.port)
  await assert.rejects(secure({ ca: stranger.pem }))
})
