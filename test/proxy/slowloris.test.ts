import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { clientHello } from '../support/client-hello.ts'
import { HOST, startIntercepting } from '../support/interception.ts'
import { readSamples, scrape } from '../support/metrics.ts'
import { MINTED } from '../support/path.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startHttpsServer } from '../support/servers.ts'
import { meanwhile, sendSlowly } from '../support/slow-sender.ts'
import { secured } from '../support/tunnel.ts'

const SERVER = { certificate: MINTED.server, clientAuthority: MINTED.authority }
/** The head, a handshake and the first octet of a tunnel have to be there within so many milliseconds. */
const TIMEOUT = 1500
const SETTINGS = {
  admin: { host: '127.0.0.1', port: 0 },
  limits: { headerTimeout: TIMEOUT, tunnelIdleTimeout: TIMEOUT },
  upstream: { responseTimeout: TIMEOUT },
}
/** Slow ones of each kind. */
const MANY = 30
const HEAD = `GET http://${HOST}/ HTTP/1.1\r\nHost: x\r\nX: x`
/** A TLS record that is longer than what follows. */
const HALF_RECORD = '\x16\x03\x03\x3f\xff\x0b'

async function closedBy(proxy: TestProxy, limit: string): Promise<number> {
  const samples = readSamples(await scrape(proxy))
  return samples.get(`certhop_client_connections_closed_total{limit="${limit}"}`) ?? 0
}

/** certhop before a server that answers at once. */
async function start(t: TestContext) {
  const port = await startHttpsServer(t, SERVER, (_request, response) => response.end('served'))
  const resolve = { [`${HOST}:80`]: `127.0.0.1:${port}`, [HOST]: '127.0.0.1' }
  const intercepting = await startIntercepting(t, port, { ...SETTINGS, resolve })
  const { proxy, tunnel } = intercepting
  return { ...intercepting, connectTunnel: async () => new RawConnection((await tunnel()).socket), proxy }
}

/** A request on a connection of its own. */
async function assertServed(runner: RawConnection, url: string): Promise<void> {
  runner.send(`GET ${url} HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`)
  assert.match(await runner.untilEnd(), /\bserved\b/)
  runner.close()
}

/** Has `MANY` runners be slow at once, and asserts that others are served until the last of them is gone. */
async function assertHarmless(proxy: TestProxy, beSlow: () => Promise<unknown>): Promise<void> {
  const gone = Promise.all(Array.from({ length: MANY }, beSlow))
  const served = await meanwhile(gone, async () => assertServed(await proxy.connect(), `http://${HOST}/`))
  assert.ok(served > 0)
}

describe('Many runners that are slow end at their deadline, and others are served meanwhile, when they send', () => {
  for (const [what, head] of [
    ['the head of a request', HEAD],
    ['the head of a CONNECT', `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: x\r\nX: x`],
  ] as const) {
    test(`${what} octet by octet: header_timeout`, async t => {
      const { proxy } = await start(t)
      await assertHarmless(proxy, async () => {
        const runner = await proxy.connect()
        await sendSlowly(runner, head)
        assert.match(runner.received, /^HTTP\/1\.1 408 .*urn:certhop:error:header_timeout/s)
      })
      assert.equal(await closedBy(proxy, 'headerTimeout'), MANY)
      assert.equal(readSamples(await scrape(proxy)).get('certhop_errors_total{code="header_timeout"}'), MANY)
    })
  }

  test('the head of a request inside a tunnel octet by octet: header_timeout', async t => {
    const { proxy, open } = await start(t)
    // One after the other: their handshakes have to be done in time.
    const opened: RawConnection[] = []
    while (opened.length < MANY) opened.push(await open())
    await assertHarmless(proxy, async () => {
      const runner = opened.pop() as RawConnection
      await sendSlowly(runner, HEAD.replace(`http://${HOST}`, ''))
      assert.match(runner.received, /^HTTP\/1\.1 408 .*urn:certhop:error:header_timeout/s)
    })
    assert.equal(await closedBy(proxy, 'headerTimeout'), MANY)
  })

  test('a ClientHello octet by octet into a tunnel', async t => {
    const { proxy, connectTunnel } = await start(t)
    await assertHarmless(proxy, async () => sendSlowly(await connectTunnel(), HALF_RECORD))
    assert.equal(await closedBy(proxy, 'headerTimeout'), MANY)
  })

  test('the end of a TLS handshake octet by octet into a tunnel', async t => {
    const { proxy, connectTunnel } = await start(t)
    const hello = await clientHello(HOST)
    await assertHarmless(proxy, async () => {
      const runner = await connectTunnel()
      runner.send(hello)
      await sendSlowly(runner, HALF_RECORD.replace('\x16', '\x17'))
    })
    assert.doesNotMatch(proxy.log(), /trust/)
    assert.equal(await closedBy(proxy, 'headerTimeout'), MANY)
  })

  test('nothing at all into a tunnel', async t => {
    const { proxy, connectTunnel } = await start(t)
    await assertHarmless(proxy, async () => {
      const runner = await connectTunnel()
      assert.equal(await runner.untilEnd(), '')
    })
    assert.equal(await closedBy(proxy, 'tunnelIdleTimeout'), MANY)
  })

  test('the body of a request octet by octet, and then no more: response_timeout', async t => {
    const { proxy, open } = await start(t)
    const fields = `Host: ${HOST}\r\nContent-Length: 1000000\r\n\r\n`
    // A body that goes on may take as long as it likes; the server reads it and waits.
    const port = await startHttpsServer(t, SERVER, request => request.resume())
    for (const [connect, url] of [
      [proxy.connect, `http://${HOST}:${port}/`],
      [() => open({}, `${HOST}:${port}`), '/'],
    ] as const) {
      await assertHarmless(proxy, async () => {
        const runner = await connect()
        runner.send(`POST ${url} HTTP/1.1\r\n${fields}`)
        for (const octet of 'body') {
          runner.send(octet)
          await new Promise(setImmediate)
        }
        const { status, body } = await runner.response()
        assert.deepEqual([status, JSON.parse(body).type], [504, 'urn:certhop:error:response_timeout'])
        runner.close()
      })
    }
    assert.equal(
      readSamples(await scrape(proxy)).get('certhop_errors_total{code="response_timeout"}'),
      2 * MANY,
    )
  })
})

describe('An https:// proxy ends at their deadline, and serves others meanwhile, many runners that send', () => {
  for (const [what, octets] of [
    ['nothing', ''],
    ['their ClientHello octet by octet', HALF_RECORD],
  ] as const) {
    test(what, async t => {
      const folder = await mkdtemp(join(tmpdir(), 'certhop-slow-'))
      t.after(() => rm(folder, { recursive: true }))
      const [cert, key] = [join(folder, 'proxy.crt'), join(folder, 'proxy.key')]
      await writeFile(cert, MINTED.server.chain)
      await writeFile(key, MINTED.server.key(), { mode: 0o600 })
      const port = await startHttpsServer(t, SERVER, (_request, response) => response.end('served'))
      const proxy = await startProxy(
        t,
        [{ id: 'api', host: HOST, certificate: MINTED.client, ca: MINTED.authority }],
        {
          ...SETTINGS,
          listen: { tls: { cert, key, clientCa: null } },
          resolve: { [HOST]: `127.0.0.1:${port}` },
        },
      )
      const gone = Promise.all(
        Array.from({ length: MANY }, async () => {
          const runner = await proxy.connect()
          if (octets === '') assert.equal(await runner.untilEnd(), '')
          else await sendSlowly(runner, octets)
        }),
      )
      await meanwhile(gone, async () => {
        const trust = { ca: MINTED.authority.pem, servername: HOST }
        const socket = await secured(connectTls({ port: proxy.port, host: '127.0.0.1', ...trust }))
        await assertServed(new RawConnection(socket), `http://${HOST}/`)
      })
      assert.equal(await closedBy(proxy, 'headerTimeout'), MANY)
    })
  }
})
