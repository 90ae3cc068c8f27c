import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { type PasswordHash, parsePasswordHash } from '../../src/core/password-hash.ts'
import type { Certificate } from '../support/certificates.ts'
import { createAuthority } from '../support/certificates.ts'
import { assertError } from '../support/error-answer.ts'
import { http2Over, startHttp2Server } from '../support/http2.ts'
import { HOST } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { type ProxySettings, startProxy, type TestProxy } from '../support/proxy.ts'
import {
  absolute,
  connectHead,
  credentials,
  ENTRIES,
  passwordHash,
  SERVER,
  startIdentityServer,
} from '../support/proxy-users.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startRawServer } from '../support/servers.ts'
import { secured } from '../support/tunnel.ts'

/** Of the proxy and of runners: not the one of the servers. */
const authority = await createAuthority({ name: 'Proxy authority' })
const [certificate, renewed, stranger] = await Promise.all([
  authority.server({ name: 'proxy.test' }),
  authority.server({ name: 'proxy.test' }),
  createAuthority({ name: 'Stranger' }),
])

interface Front {
  readonly proxy: TestProxy
  /** A runner's TLS with the proxy. */
  readonly secure: (options?: ConnectionOptions) => Promise<TLSSocket>
  /** The same, with its bytes at hand. */
  readonly open: (options?: ConnectionOptions) => Promise<RawConnection<TLSSocket>>
  /** Behind the 200 to a CONNECT to `api.test:443`. */
  readonly tunnel: (options?: ConnectionOptions) => Promise<TLSSocket>
  /** PEM of the local authority. */
  readonly ca: string
  readonly write: (certificate: Certificate) => Promise<void>
}

/** An https:// proxy; with `asks` it asks runners for a certificate of its authority. */
async function start(
  t: TestContext,
  serverPort: number,
  { asks = false, ...settings }: ProxySettings & { asks?: boolean } = {},
): Promise<Front> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-front-'))
  const runners: Socket[] = []
  t.after(async () => {
    for (const runner of runners) runner.destroy()
    await rm(folder, { recursive: true })
  })
  const [cert, key, clientCa] = ['proxy.crt', 'proxy.key', 'clients.crt'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const write = async (written: Certificate) => {
    await writeFile(key, written.key(), { mode: 0o600 })
    await writeFile(cert, written.chain)
  }
  await write(certificate)
  await writeFile(clientCa, authority.pem)
  const proxy = await startProxy(t, ENTRIES, {
    resolve: { [`${HOST}:443`]: `127.0.0.1:${serverPort}`, 'other.test': '127.0.0.1' },
    ...settings,
    listen: { ...settings.listen, tls: { cert, key, clientCa: asks ? clientCa : null } },
  })
  const secure = async (options: ConnectionOptions = {}) => {
    const trust = { ca: authority.pem, servername: 'proxy.test' }
    const transport = connectTcp({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
    const socket = connectTls({ socket: transport, ...trust, ...options })
    runners.push(transport)
    socket.on('error', () => {})
    const turnedAway = once(transport, 'close').then(() => {
      throw new Error('The connection was closed in its handshake')
    })
    return Promise.race([secured(socket), turnedAway])
  }
  const open = async (options?: ConnectionOptions) => new RawConnection<TLSSocket>(await secure(options))
  const tunnel = async (options?: ConnectionOptions) => {
    const runner = await open(options)
    runner.send(connectHead())
    assert.equal(await runner.head(), 'HTTP/1.1 200 Connection Established\r\n\r\n')
    runner.socket.removeAllListeners('data').pause()
    return runner.socket
  }
  const ca = await readFile(proxy.app.trustFiles.certificate, 'utf8')
  return { proxy, secure, open, tunnel, ca, write }
}

function shown(client: Certificate): ConnectionOptions {
  return { cert: client.chain, key: client.key() }
}

/** A second TLS, with `api.test`, inside the first. */
async function inside(socket: TLSSocket, ca: string, protocols: string[] = []): Promise<TLSSocket> {
  return secured(connectTls({ socket, servername: HOST, ca, ALPNProtocols: protocols }))
}

const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`

describe('an https:// proxy', () => {
  test('says so, and answers requests of one connection after the other', async t => {
    const { proxy, open } = await start(t, await startIdentityServer(t))
    assert.match(proxy.app.proxyUrl, /^https:\/\/127\.0\.0\.1:\d+$/)
    const runner = await open()
    for (const [user, winner] of [
      ['payments', 'payments'],
      ['', 'everybody'],
    ] as const) {
      runner.send(absolute(credentials(user)))
      assert.equal((await runner.response()).body, winner)
    }
  })

  test('speaks HTTP/1.1, whatever the runner offers beside it', async t => {
    const { secure } = await start(t, 9)
    assert.equal((await secure({ ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol, 'http/1.1')
    await assert.rejects(secure({ ALPNProtocols: ['h2'] }), { code: /NO_APPLICATION_PROTOCOL/ })
  })

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`intercepts TLS inside its own, with ${version} on both, also for many megabytes both ways`, async t => {
      const server = await startRawServer(t, SERVER)
      const { tunnel, ca } = await start(t, server.port)
      const versions = { minVersion: version, maxVersion: version }
      const socket = await tunnel(versions)
      const runner = new RawConnection(
        await secured(connectTls({ socket, servername: HOST, ca, ...versions })),
      )
      const body = 'x'.repeat(4_000_000)
      runner.send(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      const peer = await server.accept()
      await peer.head()
      assert.equal((await peer.bytes(body.length)).length, body.length)
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      assert.equal((await runner.response()).body, body)
      peer.send('stray')
      runner.send(GET)
      await (await server.accept()).head()
      runner.close()
    })
  }

  test('carries HTTP/2 inside', async t => {
    const server = await startHttp2Server(t, SERVER)
    const { tunnel, ca } = await start(t, server.port)
    const session = http2Over(await inside(await tunnel(), ca, ['h2', 'http/1.1']), HOST)
    const stream = session.request({ ':path': '/' })
    const accepted = await server.accept()
    assert.equal(accepted.identity, 'everybody')
    accepted.stream.respond({ ':status': 204 }, { endStream: true })
    const [headers] = await once(stream, 'response')
    assert.equal(headers[':status'], 204)
    session.destroy()
  })

  test('answers failures inside, on HTTP/1.1 and HTTP/2', async t => {
    const { proxy, tunnel, ca } = await start(t, await startIdentityServer(t), {
      requireCertificate: ['*.test'],
    })
    await proxy.setEntries([{ ...ENTRIES[0], id: 'e', host: HOST, certificate: MINTED.client, ca: stranger }])
    const runner = new RawConnection(await inside(await tunnel(), ca))
    runner.send(GET)
    assertError(await runner.response(), proxy, 'server_certificate_untrusted')
    const session = http2Over(await inside(await tunnel(), ca, ['h2']), HOST)
    const stream = session.request({ ':path': '/' })
    const [headers] = await once(stream, 'response')
    assert.equal(headers[':status'], 502)
    session.destroy()
  })

  test('carries HTTP in clear inside a CONNECT', async t => {
    const { open } = await start(t, await startIdentityServer(t))
    const runner = await open()
    runner.send(connectHead(credentials('payments')).replaceAll(':443', ':80'))
    await runner.head()
    runner.send(GET)
    assert.equal((await runner.response()).body, 'payments')
  })

  test('joins a blind tunnel byte by byte, in both directions and to the end of each', async t => {
    const server = await startRawServer(t)
    const { open, proxy } = await start(t, 9, { resolve: { 'blind.example': '127.0.0.1' } })
    const runner = await open()
    runner.send(`CONNECT blind.example:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await runner.head()
    runner.send('from the runner')
    const peer = await server.accept()
    await peer.until('from the runner')
    peer.send('from the server')
    await runner.until('from the server')
    runner.end()
    assert.equal(await peer.untilEnd(), '')
    const { promise, resolve } = Promise.withResolvers<void>()
    proxy.app.events.onRequest(() => resolve())
    peer.send('and more')
    peer.end()
    assert.equal(await runner.untilEnd(), 'and more')
    await promise
    assert.deepEqual([proxy.records[0]?.bytesIn, proxy.records[0]?.bytesOut], [15, 23])
  })

  test('does not let a response that was cut look whole', async t => {
    const server = await startRawServer(t)
    const { open } = await start(t, 9)
    const runner = await open()
    runner.send(`GET http://127.0.0.1:${server.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    const peer = await server.accept()
    await peer.head()
    peer.send('HTTP/1.1 200 OK\r\n\r\nabc')
    await runner.until('abc')
    peer.socket.resetAndDestroy()
    await runner.closed()
    assert.deepEqual([runner.received, runner.broken], ['', true])
  })

  test('asks for users and passwords inside, on a connection that goes on', async t => {
    const users = [
      { name: 'payments', passwordHash: parsePasswordHash(passwordHash('secret')) as PasswordHash },
    ]
    const { proxy, open } = await start(t, await startIdentityServer(t), { listen: { users } })
    const runner = await open()
    runner.send(absolute())
    assertError(await runner.response(), proxy, 'proxy_authentication_required')
    runner.send(absolute(credentials('payments', 'secret')))
    assert.equal((await runner.response()).body, 'payments')
  })
})

describe('a connection that does not come to the end of its handshake', () => {
  test('ends within headerTimeout, also when it says a little at a time', async t => {
    const { proxy } = await start(t, 9, { limits: { headerTimeout: 200 } })
    const silent = connectTcp(proxy.port, '127.0.0.1').on('error', () => {})
    const slow = connectTcp(proxy.port, '127.0.0.1').on('error', () => {})
    slow.write('\x16')
    await Promise.all([once(silent.resume(), 'close'), once(slow.resume(), 'close')])
    assert.match(proxy.log(), /"the TLS handshake with a runner failed"/)
  })

  test('ends when the runner has ended its side, because nothing more can come', async t => {
    const { proxy } = await start(t, 9)
    for (const bytes of ['', '\x16', '\x16\x03\x01\x02\0']) {
      const half = connectTcp({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
      half.end(bytes, 'latin1')
      await once(half.resume(), 'end')
    }
  })

  test('counts as one of limits.connections, and gives its place back', async t => {
    const { proxy, open } = await start(t, await startIdentityServer(t), { limits: { connections: 1 } })
    const silent = connectTcp(proxy.port, '127.0.0.1').on('error', () => {})
    await once(silent, 'connect')
    const refused = connectTcp(proxy.port, '127.0.0.1').on('error', () => {})
    await once(refused.resume(), 'close')
    const [record] = proxy.records
    assert.deepEqual([record?.error, record?.status], ['too_many_connections', null])
    silent.resetAndDestroy()
    for (;;) {
      const runner = await open().catch(() => null)
      if (runner === null) continue
      runner.send(absolute())
      assert.equal((await runner.response()).body, 'everybody')
      break
    }
  })

  test('is closed when it is no TLS at all, and others go on', async t => {
    const { proxy, open } = await start(t, await startIdentityServer(t))
    for (const bytes of [
      absolute(),
      '\x16\x03\x01\xff\xff',
      '\0'.repeat(1000),
      '\x16\x03\x01\0\x05\x01\0\0\x01\0',
    ]) {
      const runner = await proxy.send(bytes)
      runner.end()
      const answer = await runner.untilEnd()
      assert.doesNotMatch(answer, /HTTP|everybody/)
    }
    const runner = await open()
    runner.send(absolute())
    assert.equal((await runner.response()).body, 'everybody')
  })

  test('does not hold up the stop', async t => {
    const { proxy } = await start(t, 9)
    const silent = connectTcp(proxy.port, '127.0.0.1').on('error', () => {})
    await once(silent, 'connect')
    const closed = once(silent.resume(), 'close')
    assert.equal(await proxy.app.stop(), 'clean')
    await closed
  })
})

describe('with clientCa', () => {
  const client = (name: string, rest = {}) => authority.client({ name, ...rest })

  test('the name in the certificate is the user, and so the group', async t => {
    const { open } = await start(t, await startIdentityServer(t), { asks: true })
    for (const [name, winner] of [
      ['payments', 'payments'],
      ['orders', 'orders'],
      ['orders\\+billing', 'payments'],
      ['somebody', 'everybody'],
      ['Payments', 'everybody'],
    ] as const) {
      const runner = await open(shown(await client(name)))
      for (const user of [null, '', name.replace('\\', '')]) {
        runner.send(absolute(user === null ? '' : credentials(user, 'any')))
        assert.equal((await runner.response()).body, winner, name)
      }
    }
  })

  test('a runner does not get into a group by naming it', async t => {
    const { proxy, open } = await start(t, await startIdentityServer(t), { asks: true })
    const runner = await open(shown(await client('orders')))
    for (const user of ['payments', 'orders+payments', 'Orders']) {
      runner.send(absolute(credentials(user)))
      assertError(await runner.response(), proxy, 'bad_request', {
        detail: /another one than the certificate/,
      })
    }
    runner.send(absolute('Proxy-Authorization: Bearer x\r\n'))
    assertError(await runner.response(), proxy, 'bad_request')
    runner.send(connectHead(credentials('payments')))
    assertError(await runner.response(), proxy, 'bad_request')
  })

  test('its tunnels are of its groups, whatever is said inside', async t => {
    const { tunnel, ca } = await start(t, await startIdentityServer(t), { asks: true })
    const runner = new RawConnection(await inside(await tunnel(shown(await client('payments'))), ca))
    runner.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n${credentials('orders')}\r\n`)
    assert.equal((await runner.response()).body, 'payments')
  })

  test('a runner without a valid certificate is told so, and gets nothing', async t => {
    const { proxy, open } = await start(t, await startIdentityServer(t), { asks: true })
    const past = { notBefore: new Date(0), notAfter: new Date(1000) }
    const future = { notBefore: new Date('2100-01-01'), notAfter: new Date('2101-01-01') }
    const cases: [string, ConnectionOptions][] = [
      ['none', {}],
      ['of another authority', shown(await stranger.client({ name: 'payments' }))],
      ['expired', shown(await client('payments', past))],
      ['not valid yet', shown(await client('payments', future))],
      ['of a server', shown(await authority.server({ name: 'payments' }))],
      ['self-signed', shown(await createAuthority({ name: 'payments' }))],
    ]
    for (const [name, options] of cases) {
      const runner = await open(options)
      for (const head of [absolute(), absolute(credentials('payments')), connectHead()]) {
        runner.send(head)
        const response = await runner.response()
        assertError(response, proxy, 'proxy_authentication_required', { hint: /--proxy-cert/ })
        assert.match(response.head, /\r\nProxy-Authenticate: /, name)
      }
    }
    for (const reason of ['UNABLE_TO_GET_ISSUER_CERT', 'CERT_HAS_EXPIRED', 'INVALID_PURPOSE']) {
      assert.match(proxy.log(), new RegExp(`"a runner has shown no valid certificate".*|${reason}`))
    }
  })

  test('no session is resumed, because it would bring back a certificate that is not looked at again', async t => {
    const { open } = await start(t, await startIdentityServer(t), { asks: true })
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const options = { ...shown(await client('payments')), minVersion: version, maxVersion: version }
      const first = await open(options)
      const sessions: Buffer[] = []
      first.socket.on('session', session => sessions.push(session))
      first.send(absolute())
      assert.equal((await first.response()).body, 'payments')
      const known = first.socket.getSession() ?? sessions[0]
      const second = await open({ ...options, ...(known === undefined ? {} : { session: known }) })
      assert.equal(second.socket.isSessionReused(), false)
    }
  })
})

describe('the files of listen.tls', () => {
  test('are read again by a reload, for connections to come; broken ones change nothing', async t => {
    const { proxy, open, secure, write } = await start(t, await startIdentityServer(t))
    const fingerprint = (socket: TLSSocket) => socket.getPeerCertificate().fingerprint256
    const before = await open()
    assert.equal(fingerprint(before.socket), certificate.x509.fingerprint256)
    await write(renewed)
    await proxy.app.reload('request')
    assert.equal(fingerprint(await secure()), renewed.x509.fingerprint256)
    before.send(absolute())
    assert.equal((await before.response()).body, 'everybody')
    await write({ ...renewed, chain: certificate.chain, key: () => renewed.key() } as Certificate)
    await proxy.app.reload('request')
    assert.equal(fingerprint(await secure()), renewed.x509.fingerprint256)
    assert.match(
      proxy.log(),
      /the last good certificate of the proxy stays: listen\.tls: the key does not belong/,
    )
  })
})
