import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { createAuthority } from '../support/certificates.ts'
import { clientHello } from '../support/client-hello.ts'
import { http2Over } from '../support/http2.ts'
import { ENTRY, get, HOST, type Intercepting, startIntercepting } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { listen, startRawServer, type TlsSetup } from '../support/servers.ts'

const SERVER: TlsSetup = { certificate: MINTED.server, clientAuthority: MINTED.authority }
const H2 = { ALPNProtocols: ['h2'] }
const stranger = await createAuthority({ name: 'Stranger' })

interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

async function session(t: TestContext, intercepting: Intercepting): Promise<ClientHttp2Session> {
  const client = http2Over(await intercepting.secure(H2), HOST)
  client.on('error', () => {})
  t.after(() => client.destroy())
  return client
}

async function request(
  client: ClientHttp2Session,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  const stream = client.request({ ':method': 'POST', ':path': '/pay', ...headers })
  stream.end(body)
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  return { headers: answered, body: await text(stream) }
}

/** A server whose certificate or demand is not as it should be. */
function serves(setup: Partial<TlsSetup>) {
  const options = { ALPNProtocols: ['h2', 'http/1.1'] }
  return async (t: TestContext) => (await startRawServer(t, { ...SERVER, options, ...setup })).port
}

/** A server that answers the ClientHello with a fatal alert, in clear, as it comes before keys are agreed on. */
function alerts(number: number) {
  return async (t: TestContext) => {
    const server = createServer(socket =>
      socket.once('data', () => socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, number]))),
    )
    return listen(t, server)
  }
}

/** What goes wrong upstream after the tunnel has been granted, and the code that says so. */
const FAILURES: Record<string, { start: (t: TestContext) => Promise<number>; code: string }> = {
  'the server refuses the certificate': { start: alerts(48), code: 'client_certificate_rejected' },
  'the server drops the connection after the handshake, as some do that refuse the certificate': {
    start: serves({ clientAuthority: stranger }),
    code: 'connection_reset',
  },
  'the certificate of the server is not trusted': {
    start: serves({ certificate: await stranger.server({ name: HOST }) }),
    code: 'server_certificate_untrusted',
  },
  'the certificate of the server is for another name': {
    start: serves({ certificate: await MINTED.authority.server({ name: 'else.test' }) }),
    code: 'server_name_mismatch',
  },
}

describe('inside a tunnel the runner is told that', () => {
  for (const [name, { start, code }] of Object.entries(FAILURES)) {
    test(`${name}: on HTTP/1.1`, async t => {
      const { open, proxy } = await startIntercepting(t, await start(t))
      const runner = await open()
      runner.send(get('/pay'))
      const { status, head, body } = await runner.response()
      assert.equal(status, 502)
      assert.match(head, /\r\nProxy-Status: certhop; error=/)
      const problem = JSON.parse(body)
      assert.equal(problem.type, `urn:certhop:error:${code}`)
      assert.equal(problem.certificate, 'api')
      assert.equal(problem.host, HOST)
      const { way, path, error } = proxy.records.at(-1) ?? {}
      assert.deepEqual({ way, path, error }, { way: 'connect-h1', path: '/pay', error: code })
      runner.send(get('/again'))
      assert.equal((await runner.response()).status, 502)
    })

    test(`${name}: on HTTP/2`, async t => {
      const intercepting = await startIntercepting(t, await start(t))
      const client = await session(t, intercepting)
      const { headers, body } = await request(client, {}, 'amount=1')
      assert.equal(headers[':status'], 502)
      assert.equal(headers['content-type'], 'application/problem+json')
      assert.match(String(headers['proxy-status']), /^certhop; error=/)
      assert.equal(JSON.parse(body).type, `urn:certhop:error:${code}`)
      const { way, method, path, status, error, certificate } = intercepting.proxy.records.at(-1) ?? {}
      assert.deepEqual(
        { way, method, path, status, error, certificate },
        { way: 'connect-h2', method: 'POST', path: '/pay', status: 502, error: code, certificate: 'api' },
      )
    })

    test(`${name}: on gRPC, as a status with a message`, async t => {
      const client = await session(t, await startIntercepting(t, await start(t)))
      const { headers, body } = await request(client, { 'content-type': 'application/grpc', te: 'trailers' })
      assert.equal(headers[':status'], 200)
      assert.equal(headers['content-type'], 'application/grpc')
      assert.equal(headers['grpc-status'], '14')
      assert.match(decodeURIComponent(String(headers['grpc-message'])), new RegExp(`^${code}: .+`))
      assert.equal(body, '')
    })
  }
})

test('an entry that cannot be used answers inside its tunnels, in whatever they speak, and nobody is dialled', async t => {
  const server = await startRawServer(t, SERVER)
  const notAfter = new Date(Date.now() - 1000)
  const expired = { ...ENTRY, certificate: await MINTED.authority.client({ name: 'expired', notAfter }) }
  const intercepting = await startIntercepting(t, server.port, {}, [expired])

  const runner = await intercepting.open()
  runner.send(get('/'))
  const { status, body } = await runner.response()
  assert.equal(status, 502)
  assert.match(body, /client_certificate_expired/)

  assert.match((await request(await session(t, intercepting))).body, /client_certificate_expired/)

  const { socket } = await intercepting.tunnel(`CONNECT ${HOST}:80 HTTP/1.1\r\nHost: x\r\n\r\n`)
  const clear = new RawConnection(socket)
  clear.send(get('/'))
  assert.match((await clear.response()).body, /client_certificate_expired/)

  // Neither HTTP nor TLS: nothing can be answered, and nothing goes out.
  const other = new RawConnection((await intercepting.tunnel()).socket)
  other.send('\0binary')
  assert.equal(await other.untilEnd(), '')
  assert.equal(server.connections, 0)
})

describe('a runner that does not trust the local authority is named in the log, with the host and the advice,', () => {
  const named = ({ proxy }: Intercepting) =>
    proxy
      .log()
      .split('\n')
      .filter(line => line.includes('does not seem to trust'))

  test('once, however often it sends its alert', async t => {
    const server = await startRawServer(t, SERVER)
    const intercepting = await startIntercepting(t, server.port)
    const hello = await clientHello(HOST)
    for (let count = 0; count < 5; count += 1) {
      const runner = new RawConnection((await intercepting.tunnel()).socket)
      runner.send(hello)
      await runner.bytes(6)
      // A fatal unknown_ca (RFC 8446 section 6).
      runner.send(Buffer.from([0x15, 3, 3, 0, 2, 2, 48]))
      await runner.untilEnd()
      runner.close()
    }
    const lines = named(intercepting)
    assert.equal(lines.length, 1)
    assert.match(
      lines[0] ?? '',
      /"runner":"127\.0\.0\.1","host":"api\.test","reason":"unknown_ca".*certhop env/,
    )
  })

  test('but not for a connection that it closes unused beside one that it used, as browsers do', async t => {
    const server = await startRawServer(t, SERVER)
    const intercepting = await startIntercepting(t, server.port)
    const runner = await intercepting.open()
    runner.send(get('/'))
    const peer = await server.accept()
    await peer.head()
    const spare = await intercepting.open()
    spare.socket.end()
    await spare.untilEnd()
    peer.send('HTTP/1.1 204 No Content\r\n\r\n')
    await runner.head()
    assert.deepEqual(named(intercepting), [])
  })

  test('also when it sends none, as Node', async t => {
    const server = await startRawServer(t, SERVER)
    const intercepting = await startIntercepting(t, server.port)
    const noticed = new Promise(resolve => intercepting.proxy.app.events.onNotice(resolve))
    await assert.rejects(intercepting.secure({ ca: stranger.pem }), /unable to verify|self-signed/)
    await noticed
    assert.match(named(intercepting).join(), /without a request/)
  })
})

test('a runner that offers nothing that the server speaks is told so', async t => {
  const server = await startRawServer(t, { ...SERVER, options: { ALPNProtocols: ['http/1.1'] } })
  const { body } = await request(await session(t, await startIntercepting(t, server.port)))
  assert.match(body, /tls_protocol/)
})

test('HTTP in clear is refused inside a tunnel as outside where the settings say so', async t => {
  const server = await startRawServer(t, SERVER)
  const { tunnel } = await startIntercepting(t, server.port, { plainHttp: 'reject' })
  const runner = new RawConnection((await tunnel(`CONNECT ${HOST}:80 HTTP/1.1\r\nHost: x\r\n\r\n`)).socket)
  runner.send(get('/'))
  const { status, body } = await runner.response()
  assert.equal(status, 403)
  assert.match(body, /plain_http_refused/)
})
