import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { clientHello } from '../support/client-hello.ts'
import { createBilingualServer, http2Over } from '../support/http2.ts'
import { ENTRY, get, HOST, type Intercepting, startIntercepting } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { clientName, listen, startRawServer } from '../support/servers.ts'

const ADDRESS = '127.0.0.1'
const REQUIRED = { requireCertificate: [HOST, ADDRESS] }
const BINARY = '\0\x01\x02\x03'
const FOREIGN_HELLO = await clientHello('free.test')

function assertRequired({ proxy }: Intercepting, body: string): void {
  assert.equal(JSON.parse(body).type, 'urn:certhop:error:certificate_required', body)
  assert.equal(JSON.parse(body).status, 403)
  assert.equal(proxy.records.at(-1)?.error, 'certificate_required')
}

function connectTo(authority: string): string {
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`
}

async function askHttp2(t: TestContext, { secure }: Intercepting, authority?: string): Promise<string> {
  const session = http2Over(await secure({ ALPNProtocols: ['h2'] }, authority), HOST)
  session.on('error', () => {})
  t.after(() => session.destroy())
  const stream = session.request({ ':path': '/' })
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  assert.ok(headers[':status'])
  return text(stream)
}

/** Waits until the tunnel of a runner has ended, and asserts that the server at its other end got nothing. */
async function assertNothingWent(
  { proxy }: Intercepting,
  runner: RawConnection,
  peer: RawConnection,
): Promise<void> {
  await runner.untilEnd()
  assert.equal(await peer.untilEnd(), '')
  assert.equal(proxy.records.at(-1)?.error, 'certificate_required')
}

describe('where a certificate is required and no entry matches, nothing goes out', () => {
  async function start(t: TestContext) {
    const server = await startRawServer(t)
    const intercepting = await startIntercepting(t, server.port, REQUIRED, [])
    return { server, intercepting }
  }

  for (const request of [
    get(`http://${HOST}/`),
    get(`http://${HOST.toUpperCase()}.:443/`),
    get(`https://${HOST}/`),
    connectTo(`${HOST}:443`),
    connectTo(`${HOST}:80`),
  ]) {
    test(JSON.stringify(request.split(' HTTP')[0]), async t => {
      const { server, intercepting } = await start(t)
      const runner = await intercepting.proxy.send(request)
      assertRequired(intercepting, (await runner.response()).body)
      assert.equal(server.connections, 0)
    })
  }

  for (const [what, servername] of Object.entries({ 'its name': HOST, 'another name': 'free.test' })) {
    test(`in a tunnel to its address, TLS for ${what}`, async t => {
      const { server, intercepting } = await start(t)
      const runner = await intercepting.open({ servername }, `${ADDRESS}:${server.port}`)
      const peer = await server.accept()
      runner.send(get('/', servername))
      assertRequired(intercepting, (await runner.response()).body)
      assert.equal(await peer.untilEnd(), '')
    })
  }

  test('in a tunnel to its address, HTTP/2', async t => {
    const { server, intercepting } = await start(t)
    assertRequired(intercepting, await askHttp2(t, intercepting, `${ADDRESS}:${server.port}`))
    assert.equal(await (await server.accept()).untilEnd(), '')
  })

  test('in a tunnel to its address, clear text', async t => {
    const { server, intercepting } = await start(t)
    const runner = new RawConnection(
      (await intercepting.tunnel(connectTo(`${ADDRESS}:${server.port}`))).socket,
    )
    const peer = await server.accept()
    runner.send(get('/'))
    assertRequired(intercepting, (await runner.response()).body)
    assert.equal(await peer.untilEnd(), '')
  })

  test('in a tunnel to its address, what is neither TLS nor HTTP', async t => {
    const { server, intercepting } = await start(t)
    const runner = new RawConnection(
      (await intercepting.tunnel(connectTo(`${ADDRESS}:${server.port}`))).socket,
    )
    const peer = await server.accept()
    runner.send(BINARY)
    await assertNothingWent(intercepting, runner, peer)
  })

  test('in a tunnel to its address, what a server says that speaks first', async t => {
    const { server, intercepting } = await start(t)
    const runner = new RawConnection(
      (await intercepting.tunnel(connectTo(`${ADDRESS}:${server.port}`))).socket,
    )
    const peer = await server.accept()
    peer.send('220 hello\r\n')
    assert.equal(await runner.untilEnd(), '')
    await assertNothingWent(intercepting, runner, peer)
  })
})

describe('where a certificate is required, a tunnel that is open when the entry is removed', () => {
  test('lets no further request out: TLS and clear text', async t => {
    const requests: unknown[] = []
    const server = createBilingualServer(
      { certificate: MINTED.server, clientAuthority: MINTED.authority },
      (request, response) => {
        requests.push(clientName(request.stream?.session?.socket ?? request.socket))
        response.writeHead(200, { 'content-length': 2 }).end('ok')
      },
    )
    const intercepting = await startIntercepting(t, await listen(t, server), REQUIRED)
    const secure = await intercepting.open()
    const clear = new RawConnection((await intercepting.tunnel(connectTo(`${HOST}:80`))).socket)
    for (const runner of [secure, clear]) {
      runner.send(get('/'))
      assert.equal((await runner.response()).body, 'ok')
    }
    assert.equal(await askHttp2(t, intercepting), 'ok')
    await intercepting.proxy.setEntries([])
    for (const runner of [secure, clear]) {
      runner.send(get('/'))
      assertRequired(intercepting, (await runner.response()).body)
    }
    await assert.rejects(intercepting.secure({ ALPNProtocols: ['h2'] }))
    assert.deepEqual(requests, ['runner', 'runner', 'runner'])
  })

  for (const [what, first] of Object.entries({
    'TLS for another name': FOREIGN_HELLO,
    'neither TLS nor HTTP': BINARY,
  })) {
    test(`before the runner says anything in it is not joined: ${what}`, async t => {
      const server = await startRawServer(t)
      const intercepting = await startIntercepting(t, server.port, REQUIRED)
      const runner = new RawConnection((await intercepting.tunnel()).socket)
      const peer = await server.accept()
      await intercepting.proxy.setEntries([])
      runner.send(first)
      // A certificate for the error, or the end.
      if (what.startsWith('TLS')) {
        assert.equal(await runner.bytes(1), '\x16')
        runner.close()
      } else await runner.untilEnd()
      assert.equal(await peer.untilEnd(), '')
    })
  }
})

describe('what is neither TLS nor HTTP, in a tunnel to a host with an entry,', () => {
  for (const [what, settings] of Object.entries({
    'is let through': {},
    'is not, where a certificate is required': REQUIRED,
  })) {
    test(what, async t => {
      const server = await startRawServer(t)
      const intercepting = await startIntercepting(t, server.port, settings)
      const runner = new RawConnection((await intercepting.tunnel()).socket)
      const peer = await server.accept()
      runner.send(BINARY)
      if (settings === REQUIRED) await assertNothingWent(intercepting, runner, peer)
      else assert.equal(await peer.bytes(BINARY.length), BINARY)
    })
  }
})

test('with an entry, requests to a host for which a certificate is required go out with it', async t => {
  const server = await startRawServer(t, { certificate: MINTED.server, clientAuthority: MINTED.authority })
  const { open } = await startIntercepting(t, server.port, REQUIRED, [ENTRY])
  const runner = await open()
  runner.send(get('/'))
  const peer = await server.accept()
  assert.equal(clientName(peer.socket), 'runner')
  assert.match(await peer.head(), /^GET \/ /)
})
