import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { RequestRecord } from '../../src/observe/events.ts'
import { clientHello } from '../support/client-hello.ts'
import { ENTRY, get, HOST, startIntercepting } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { clientName, listen, startHttpsServer, startRawServer } from '../support/servers.ts'
import { openTunnel, secured } from '../support/tunnel.ts'

const SERVER = { certificate: MINTED.server, clientAuthority: MINTED.authority }

/** An HTTPS server that answers with who came. */
function startIdentityServer(t: Parameters<typeof startHttpsServer>[0]): Promise<number> {
  return startHttpsServer(t, SERVER, (request, response) =>
    response.end(`${clientName(request.socket)} ${request.url} ${request.headers.host}`),
  )
}

describe('a CONNECT opens a tunnel whose requests carry the certificate, also when it', () => {
  const shapes: Record<string, string> = {
    'is HTTP/1.0 without Host': `CONNECT ${HOST}:443 HTTP/1.0\r\n\r\n`,
    'has a Host without a port': `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
    'has a Host of something else': `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: other.test:1\r\n\r\n`,
    'says Connection: close': `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nConnection: close\r\n\r\n`,
    'says Connection: TE, close': `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nConnection: TE, close\r\nTE: trailers\r\n\r\n`,
    'says Proxy-Connection: close': `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nProxy-Connection: close\r\n\r\n`,
    'has Content-Length: 0': `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nContent-Length: 0\r\n\r\n`,
    'writes the host in capitals, with a dot': `CONNECT API.Test.:443 HTTP/1.1\r\nHost: x\r\n\r\n`,
  }
  for (const [shape, head] of Object.entries(shapes)) {
    test(shape, async t => {
      const { tunnel, ca } = await startIntercepting(t, await startIdentityServer(t))
      const { answer, socket } = await tunnel(head)
      assert.equal(answer, 'HTTP/1.1 200 Connection Established\r\n\r\n')
      const runner = new RawConnection(await secured(connectTls({ socket, servername: HOST, ca })))
      for (const path of ['/first', '/second']) {
        runner.send(get(path))
        await runner.head()
        assert.equal(await runner.until(` ${path} ${HOST}`), `runner ${path} ${HOST}`.slice(0))
      }
      runner.close()
    })
  }
})

describe('a ClientHello is read whole, and the tunnel is intercepted, when it', () => {
  /** Cut into records of `size` octets of the message each. */
  function inRecords(hello: Buffer, size: number): Buffer {
    const message = hello.subarray(5)
    const records: Buffer[] = []
    for (let start = 0; start < message.length; start += size) {
      const fragment = message.subarray(start, start + size)
      const header = Buffer.from([0x16, 3, 1, fragment.length >> 8, fragment.length & 0xff])
      records.push(Buffer.concat([header, fragment]))
    }
    return Buffer.concat(records)
  }

  /** Resolves with the first record that answers: a ServerHello of ours, since the server is not reached in it. */
  async function firstAnswer(socket: RawConnection): Promise<string> {
    return await socket.bytes(6)
  }

  const SERVER_HELLO = /^\x16\x03\x03[\s\S]{2}\x02$/

  test('comes in the same packet as the head of the CONNECT', async t => {
    const { tunnel } = await startIntercepting(t, await startIdentityServer(t))
    const head = Buffer.from(`CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    const { socket } = await tunnel(Buffer.concat([head, await clientHello(HOST)]))
    assert.match(await firstAnswer(new RawConnection(socket)), SERVER_HELLO)
  })

  test('comes octet by octet', async t => {
    const { tunnel } = await startIntercepting(t, await startIdentityServer(t))
    const { socket } = await tunnel()
    for (const octet of await clientHello(HOST)) {
      socket.write(Buffer.from([octet]))
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.match(await firstAnswer(new RawConnection(socket)), SERVER_HELLO)
  })

  for (const size of [1, 40, 700]) {
    test(`is cut into records of ${size} octets`, async t => {
      const { tunnel } = await startIntercepting(t, await startIdentityServer(t))
      const { socket } = await tunnel()
      socket.write(inRecords(await clientHello(HOST), size))
      const answer = await firstAnswer(new RawConnection(socket))
      // OpenSSL allows no more than so many empty or tiny records; what matters is that it was asked.
      assert.match(answer, size === 1 ? /^[\x15\x16]\x03[\s\S]{4}$/ : SERVER_HELLO)
    })
  }

  test('is malformed: TLS itself refuses it, by an alert', async t => {
    const { tunnel } = await startIntercepting(t, await startIdentityServer(t))
    const hello = await clientHello(HOST)
    // The length of the session id points past the end.
    hello[5 + 4 + 34] = 0xff
    const { socket } = await tunnel()
    socket.write(hello)
    assert.match(await firstAnswer(new RawConnection(socket)), /^\x15\x03[\s\S]{3}\x02$/)
  })

  test('never ends: the connection is closed at the limit, and nothing reaches the server', async t => {
    const server = await startRawServer(t)
    const { tunnel } = await startIntercepting(t, server.port)
    const { socket } = await tunnel()
    const runner = new RawConnection(socket)
    // A handshake message of 16 MiB, in records of 16 KiB.
    const record = Buffer.alloc(5 + 16_384)
    record.set([0x16, 3, 1, 0x40, 0x00, 1, 0xff, 0xff, 0xff])
    for (let count = 0; count < 8 && !runner.ended; count += 1) socket.write(record)
    await runner.closed()
    const reached = await server.accept()
    assert.equal(await reached.untilEnd(), '')
  })
})

describe('the protocol inside a tunnel is the one that the server chooses:', () => {
  async function negotiated(
    t: TestContext,
    offered: string[] | undefined,
    spoken: string[] | undefined,
  ): Promise<string | false | null> {
    const options = spoken === undefined ? {} : { ALPNProtocols: spoken }
    const server = await startRawServer(t, { ...SERVER, options })
    const { secure } = await startIntercepting(t, server.port)
    const tls = await secure(offered === undefined ? {} : { ALPNProtocols: offered })
    return tls.alpnProtocol
  }
  const both = ['h2', 'http/1.1']

  const cases: [string, string[] | undefined, string[] | undefined, string | false][] = [
    ['h2, where the runner offers h2 first', both, both, 'h2'],
    ['h2, where the runner offers it last and the server prefers it', ['http/1.1', 'h2'], both, 'h2'],
    ['http/1.1, where the server speaks nothing else', both, ['http/1.1'], 'http/1.1'],
    ['http/1.1, where the server has no ALPN', both, undefined, 'http/1.1'],
    ['http/1.1, where the runner offers nothing else', ['http/1.1'], both, 'http/1.1'],
    ['h2, where the runner offers h2 alone', ['h2'], both, 'h2'],
    ['none, where the runner offers none', undefined, both, false],
    ['none, where the runner offers what is not HTTP', ['mqtt'], ['mqtt', 'http/1.1'], false],
  ]
  for (const [name, offered, spoken, expected] of cases) {
    test(name, async t => assert.equal(await negotiated(t, offered, spoken), expected))
  }

  test('the server is asked once for each identity, and again when it has changed its mind', async t => {
    let protocols = ['http/1.1']
    const offers: (readonly string[])[] = []
    const server = await startRawServer(t, {
      ...SERVER,
      options: {
        ALPNCallback: ({ protocols: offered }) => {
          offers.push(offered)
          return offered.find(each => protocols.includes(each))
        },
      },
    })
    const { secure, open } = await startIntercepting(t, server.port, { upstream: { reuse: 'never' } })
    const protocolOf = async () => (await secure({ ALPNProtocols: both })).alpnProtocol
    assert.equal(await protocolOf(), 'http/1.1')
    assert.equal(await protocolOf(), 'http/1.1')
    assert.deepEqual(offers, [both, ['http/1.1']])

    protocols = ['h2']
    const runner = await open({ ALPNProtocols: both })
    runner.send(get('/'))
    assert.match((await runner.response()).body, /tls_protocol/)
    assert.equal(await protocolOf(), 'h2')
    assert.equal(offers.length, 4)
  })
})

describe('the leaf that a runner is shown is for', () => {
  async function leafOf(tls: TLSSocket): Promise<string> {
    return tls.getPeerCertificate().subjectaltname ?? ''
  }

  test('the host of the CONNECT, when the ClientHello names none', async t => {
    const { secure } = await startIntercepting(t, await startIdentityServer(t))
    const tls = await secure({ servername: '', checkServerIdentity: () => undefined })
    assert.equal(await leafOf(tls), `DNS:${HOST}`)
  })

  test('the name in the ClientHello; the certificate is still chosen by the CONNECT', async t => {
    const { secure } = await startIntercepting(t, await startIdentityServer(t))
    const tls = await secure({ servername: 'alias.test' })
    assert.equal(await leafOf(tls), 'DNS:alias.test')
    const runner = new RawConnection(tls)
    runner.send(get('/', 'alias.test'))
    await runner.until('runner / alias.test')
  })

  test('an IP address that has an entry, in both families', async t => {
    const port = await startHttpsServer(
      t,
      {
        certificate: await MINTED.authority.server({ name: '127.0.0.1' }),
        clientAuthority: MINTED.authority,
      },
      (request, response) => response.end(clientName(request.socket)),
    )
    const entry = { ...ENTRY, host: ['127.0.0.1', '::1'] }
    const { open } = await startIntercepting(t, port, {}, [entry])
    const runner = await open({ servername: '', host: '127.0.0.1' }, `127.0.0.1:${port}`)
    runner.send(get('/', '127.0.0.1'))
    await runner.until('runner')
    assert.equal(await leafOf(runner.socket as TLSSocket), 'IP Address:127.0.0.1')
  })
})

describe('TLS towards a runner', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`speaks ${version}, and resumes its sessions`, async t => {
      const { open, secure } = await startIntercepting(t, await startIdentityServer(t))
      const options = { minVersion: version, maxVersion: version }
      const runner = await open(options)
      const tls = runner.socket as TLSSocket
      assert.equal(tls.getProtocol(), version)
      const ticket = tls.getSession() === undefined || version === 'TLSv1.3' ? once(tls, 'session') : null
      runner.send(get('/'))
      await runner.until(HOST)
      const session = ticket === null ? tls.getSession() : (await ticket)[0]
      const again = await secure({ ...options, session })
      assert.equal(again.isSessionReused(), true)
    })
  }
})

test('tunnels share pooled connections, and a tunnel for which one is idle dials none', async t => {
  const connections = new Set<unknown>()
  const port = await startHttpsServer(t, SERVER, ({ socket }, response) => {
    connections.add(socket)
    response.end(clientName(socket))
  })
  const { open, proxy } = await startIntercepting(t, port)
  for (const path of ['/1', '/2', '/3']) {
    const runner = await open()
    runner.send(get(path))
    await runner.until('runner')
    runner.close()
  }
  assert.equal(connections.size, 1)
  assert.deepEqual(
    proxy.records.map(({ way, path, reused, certificate }) => [way, path, reused, certificate]),
    [
      ['connect-h1', '/1', false, 'api'],
      ['connect-h1', '/2', true, 'api'],
      ['connect-h1', '/3', true, 'api'],
    ],
  )
})

test('a CONNECT inside a tunnel is refused', async t => {
  const { open } = await startIntercepting(t, await startIdentityServer(t))
  const runner = await open()
  runner.send('CONNECT other.test:443 HTTP/1.1\r\nHost: other.test\r\n\r\n')
  const { status, body } = await runner.response()
  assert.equal(status, 501)
  assert.match(body, /not_implemented/)
})

test('a host without a certificate is never opened: its own certificate arrives, and nothing of the tunnel is recorded but its size', async t => {
  const server = await startRawServer(t, { certificate: MINTED.server })
  const proxy = await startProxy(t, [ENTRY], { resolve: { 'other.test:443': `127.0.0.1:${server.port}` } })
  const socket = await openTunnel(proxy.port, 'other.test:443')
  const tls = await secured(connectTls({ socket, servername: 'other.test', ca: MINTED.authority.pem }))
  assert.equal(tls.getPeerX509Certificate()?.fingerprint256, MINTED.server.x509.fingerprint256)
  const recorded = new Promise<RequestRecord>(resolve => proxy.app.events.onRequest(resolve))
  tls.end()
  const peer = await server.accept()
  await peer.untilEnd()
  peer.end()
  const { way, path, certificate } = await recorded
  assert.deepEqual([way, path, certificate], ['tunnel', null, null])
})

test('the server of a tunnel that speaks first is heard, and the tunnel stays blind', async t => {
  const server = await startRawServer(t)
  const { tunnel } = await startIntercepting(t, server.port)
  const { socket } = await tunnel()
  const runner = new RawConnection(socket)
  const peer = await server.accept()
  peer.send('220 mail.test\r\n')
  assert.equal(await runner.until('\n'), '220 mail.test\r\n')
  runner.send('EHLO runner\r\n')
  assert.equal(await peer.until('\n'), 'EHLO runner\r\n')
})

test('a stop ends idle tunnels at once', async t => {
  const { open, proxy } = await startIntercepting(t, await startIdentityServer(t))
  const runner = await open()
  runner.send(get('/'))
  await runner.until(HOST)
  const stopped = proxy.app.stop()
  await runner.untilEnd()
  runner.close()
  assert.equal(await stopped, 'clean')
})

test('a dead host is a 502 to the CONNECT itself', async t => {
  const server = createTcpServer()
  const port = await listen(t, server)
  server.close()
  await once(server, 'close')
  const { tunnel } = await startIntercepting(t, port)
  const { answer } = await tunnel()
  assert.match(answer, /^HTTP\/1.1 502 Bad Gateway\r\nProxy-Status: certhop; error=connection_refused;/)
})
