import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { ClientHttp2Session } from 'node:http2'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { rotateAuthority } from '../../src/authority/authority.ts'
import { clientHello } from '../support/client-hello.ts'
import { type Http2Server, http2Over, startHttp2Server } from '../support/http2.ts'
import { ENTRY, get, HOST, type Intercepting, startIntercepting } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { clientName, startHttpsServer, startRawServer } from '../support/servers.ts'
import { MANY, recorded, workerOf } from '../support/workers.ts'

const SERVER = { certificate: MINTED.server, clientAuthority: MINTED.authority }
const WORKERS = { workers: 2 }

const next = await MINTED.authority.client({ name: 'next' })

function many<Result>(open: () => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: MANY }, () => open()))
}

/** As whom a request of `session` comes to the server. */
async function identityOf(server: Http2Server, session: ClientHttp2Session): Promise<string | null> {
  const request = session.request({ ':path': '/' }).resume()
  const { stream, identity } = await server.accept()
  stream.respond({ ':status': 200 })
  stream.end()
  await once(request, 'close')
  return identity
}

describe('tunnels, dealt to two workers,', () => {
  test('are opened by both, and each request inside is sent as whoever wins when it is sent', async t => {
    const port = await startHttpsServer(t, SERVER, ({ socket }, response) => response.end(clientName(socket)))
    const { open, proxy } = await startIntercepting(t, port, WORKERS)
    const runners = await many(open)
    for (const name of ['runner', 'next']) {
      for (const runner of runners) {
        runner.send(get('/'))
        assert.equal((await runner.response()).body, name)
      }
      await proxy.setEntries([{ ...ENTRY, certificate: next }])
    }
    const records = await recorded(proxy, 2 * MANY)
    assert.deepEqual(new Set(records.map(({ way }) => way)), new Set(['connect-h1']))
    assert.equal(new Set(records.map(workerOf)).size, 2)
  })

  test('of HTTP/2 are told to come again by both, when another identity wins their host', async t => {
    const server = await startHttp2Server(t, SERVER)
    const { secure, proxy } = await startIntercepting(t, server.port, WORKERS)
    const sessions = await many(async () => http2Over(await secure({ ALPNProtocols: ['h2'] }), HOST))
    for (const session of sessions) {
      session.on('error', () => {})
      t.after(() => session.destroy())
      assert.equal(await identityOf(server, session), 'runner')
    }
    const told = sessions.map(session => once(session, 'goaway'))
    await proxy.setEntries([{ ...ENTRY, certificate: next }])
    await Promise.all(told)
    const again = http2Over(await secure({ ALPNProtocols: ['h2'] }), HOST)
    t.after(() => again.destroy())
    assert.equal(await identityOf(server, again), 'next')
  })

  test('are shown leaves of the new authority by both, a moment after `ca rotate`', async t => {
    const server = await startRawServer(t, SERVER)
    const { secure, proxy } = await startIntercepting(t, server.port, WORKERS)
    const state = join(proxy.folder, 'state')
    await rotateAuthority(state)
    const ca = await readFile(join(state, 'ca.pem'), 'utf8')
    const { publicKey } = new X509Certificate(ca)
    const isNew = async () => {
      const socket = await secure({ rejectUnauthorized: false })
      return socket.getPeerX509Certificate()?.verify(publicKey) === true
    }
    const rotated = performance.now()
    while ((await many(isNew)).includes(false)) assert.ok(performance.now() - rotated < 20_000)
    assert.match(proxy.log(), /the local authority was rotated/)
  })
})

describe('a runner that does not trust the local authority is named in the log', () => {
  const named = ({ proxy }: Intercepting) => proxy.log().match(/does not seem to trust/g)?.length ?? 0

  test('once, whichever workers it has come to', async t => {
    const server = await startRawServer(t, SERVER)
    const intercepting = await startIntercepting(t, server.port, WORKERS)
    const hello = await clientHello(HOST)
    await many(async () => {
      const runner = new RawConnection((await intercepting.tunnel()).socket)
      runner.send(hello)
      await runner.bytes(6)
      // A fatal unknown_ca (RFC 8446 section 6).
      runner.send(Buffer.from([0x15, 3, 3, 0, 2, 2, 48]))
      await runner.untilEnd()
      runner.close()
    })
    await intercepting.proxy.app.stop()
    assert.equal(named(intercepting), 1)
  })

  test('but not when another worker has had requests of it', async t => {
    const port = await startHttpsServer(t, SERVER, (_request, response) => response.end('ok'))
    const intercepting = await startIntercepting(t, port, WORKERS)
    const used = await intercepting.open()
    used.send(get('/'))
    await used.response()
    await recorded(intercepting.proxy, 1)
    for (const spare of await many(intercepting.open)) {
      spare.close()
      await spare.closed()
    }
    await intercepting.proxy.app.stop()
    assert.equal(named(intercepting), 0)
  })
})
