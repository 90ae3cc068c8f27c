import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type ClientHttp2Session, constants } from 'node:http2'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { type Http2Server, http2Over, startHttp2Server } from '../support/http2.ts'
import { MINTED } from '../support/path.ts'
import { type ProxySettings, startProxy } from '../support/proxy.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { openTlsTunnel } from '../support/tunnel.ts'

const HOST = 'api.test'

/** HTTP/2 through a tunnel as `runner`, which `remove` takes out of the registry; `fallback` wins then. */
async function start(t: TestContext, settings: ProxySettings = {}) {
  const { authority, client } = MINTED
  const server = await startHttp2Server(t, { certificate: MINTED.server, clientAuthority: authority })
  const fallback = await authority.client({ name: 'fallback' })
  const entries = [
    { id: 'fallback', host: '*.test', certificate: fallback, ca: authority },
    { id: 'removed', host: HOST, certificate: client, ca: authority },
  ]
  const resolve = { [HOST]: `127.0.0.1:${server.port}` }
  const proxy = await startProxy(t, entries, { resolve, ...settings })
  const ca = await readFile(proxy.app.trustFiles.certificate, 'utf8')
  async function open(): Promise<ClientHttp2Session> {
    const offer = { servername: HOST, ca, ALPNProtocols: ['h2'] }
    const session = http2Over(await openTlsTunnel(proxy.port, offer), HOST)
    session.on('error', () => {})
    t.after(() => session.destroy())
    return session
  }
  const remove = () => proxy.setEntries(entries.slice(0, 1))
  return { proxy, server, ca, open, remove, entries, session: await open() }
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const [DATA, HEADERS, RST_STREAM, SETTINGS, WINDOW_UPDATE] = [0, 1, 3, 4, 8]
const [END_STREAM, END_HEADERS] = [1, 4]
const REFUSED_STREAM = '\0\0\0\x07'
/** `GET https://api.test/` in HPACK (RFC 7541): three fields of the static table, and a name of it with a value. */
const GET = `\x82\x87\x84\x01\x08${HOST}`
/** `a: b`, not indexed. */
const TRAILER = '\0\x01a\x01b'

function frame(type: number, flags: number, stream: number, payload = ''): string {
  const header = Buffer.alloc(9)
  header.writeUIntBE(payload.length, 0, 3)
  header.writeUInt8(type, 3)
  header.writeUInt8(flags, 4)
  header.writeUInt32BE(stream, 5)
  return header.toString('latin1') + payload
}

/** In `seconds`, rounded to what certificates know. */
function soon(seconds: number): Date {
  return new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000)
}

async function assertServed(session: ClientHttp2Session, server: Http2Server, as: string): Promise<void> {
  const body = text(session.request({ ':path': '/' }))
  const { stream, identity } = await server.accept()
  stream.respond()
  stream.end('ok')
  assert.equal(await body, 'ok')
  assert.equal(identity, as)
}

test('a request in an HTTP/2 tunnel finishes after its certificate was removed, and the next one goes out under the one that wins then', async t => {
  const { server, session, open, remove } = await start(t)
  const request = session.request({ ':method': 'POST', ':path': '/' })
  const answer = text(request)
  request.write('before, ')
  const { stream, body, identity } = await server.accept()
  assert.equal(identity, 'runner')
  await body.until('before, ')
  const away = once(session, 'goaway')
  await remove()
  assert.equal((await away)[0], constants.NGHTTP2_NO_ERROR)
  request.end('after')
  assert.equal(await body.untilEnd(), 'after')
  stream.respond()
  stream.end('answered')
  assert.equal(await answer, 'answered')
  await assertServed(await open(), server, 'fallback')
})

test('a request that is sent into an HTTP/2 tunnel after its certificate was removed never goes out, and may be sent again', async t => {
  const { proxy, server, ca, open, remove } = await start(t)
  const offer = { servername: HOST, ca, ALPNProtocols: ['h2'] }
  // One that knows nothing of GOAWAY, as every runner does until it has read it.
  const runner = new RawConnection(await openTlsTunnel(proxy.port, offer))
  runner.send(PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, END_STREAM | END_HEADERS, 1, GET))
  const { stream, identity } = await server.accept()
  assert.equal(identity, 'runner')
  await remove()
  runner.send(frame(HEADERS, END_STREAM | END_HEADERS, 3, GET))
  await runner.until(frame(RST_STREAM, 0, 3, REFUSED_STREAM))
  // It takes none of the room that requests in flight have for their bodies.
  runner.send(frame(DATA, 0, 3, 'x'.repeat(258)))
  await runner.until(frame(WINDOW_UPDATE, 0, 0, '\0\0\x01\x02'))
  await assertServed(await open(), server, 'fallback')

  stream.respond()
  stream.end('the first one goes on')
  await runner.until('the first one goes on')
  runner.close()
})

test('trailers behind a refused request end the tunnel, because the server could take them for others', async t => {
  const { proxy, server, ca, remove } = await start(t)
  const offer = { servername: HOST, ca, ALPNProtocols: ['h2'] }
  const runner = new RawConnection(await openTlsTunnel(proxy.port, offer))
  runner.send(PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS, 1, GET))
  const { stream } = await server.accept()
  let trailers = 0
  stream.on('error', () => {})
  stream.on('trailers', () => {
    trailers += 1
  })
  const gone = once(stream, 'close')
  await remove()
  runner.send(frame(HEADERS, END_STREAM | END_HEADERS, 3, GET))
  await runner.until(frame(RST_STREAM, 0, 3, REFUSED_STREAM))
  runner.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, TRAILER))
  await runner.untilEnd()
  runner.close()
  await gone
  assert.equal(trailers, 0)
})

test('an HTTP/2 tunnel under a certificate that a newer one outdoes takes no further request, and the next tunnel has the newer', async t => {
  const { proxy, server, session, open, entries } = await start(t)
  const request = session.request({ ':method': 'POST', ':path': '/' })
  const answer = text(request)
  request.write('before, ')
  const { stream, body, identity } = await server.accept()
  assert.equal(identity, 'runner')
  await body.until('before, ')
  const away = once(session, 'goaway')
  const newer = await MINTED.authority.client({ name: 'newer' })
  await proxy.setEntries([...entries, { ...entries[1], id: 'newer', host: HOST, certificate: newer }])
  assert.equal((await away)[0], constants.NGHTTP2_NO_ERROR)
  request.end('after')
  assert.equal(await body.untilEnd(), 'after')
  stream.respond()
  stream.end('answered')
  assert.equal(await answer, 'answered')
  await assertServed(await open(), server, 'newer')
})

test('an HTTP/2 tunnel takes no further request once the certificate that outdoes its own has begun to be valid', async t => {
  const { server, proxy, session, open, entries } = await start(t)
  const away = once(session, 'goaway')
  const notBefore = soon(1)
  const tomorrows = await MINTED.authority.client({ name: 'tomorrow', notBefore })
  await proxy.setEntries([
    ...entries,
    { id: 'tomorrow', host: HOST, certificate: tomorrows, ca: MINTED.authority },
  ])
  assert.equal((await away)[0], constants.NGHTTP2_NO_ERROR)
  assert.ok(Date.now() >= notBefore.getTime(), 'not before its time')
  await assertServed(await open(), server, 'tomorrow')
})

test('an HTTP/2 tunnel takes no further request once its certificate has expired', async t => {
  const { proxy, open, entries, server } = await start(t)
  const notAfter = soon(3)
  const ending = await MINTED.authority.client({ name: 'ending', notAfter })
  await proxy.setEntries([
    ...entries,
    { id: 'ending', host: HOST, certificate: ending, ca: MINTED.authority },
  ])
  const session = await open()
  const away = once(session, 'goaway')
  await assertServed(session, server, 'ending')
  await away
  assert.ok(Date.now() > notAfter.getTime(), 'not before its time')
})

test('a request in an HTTP/2 tunnel whose certificate was removed has shutdownTimeout to finish', async t => {
  const { server, session, remove } = await start(t, { shutdownTimeout: 200 })
  const request = session.request({ ':path': '/' })
  request.on('error', () => {})
  await server.accept()
  const gone = once(session, 'close')
  const removed = performance.now()
  await remove()
  await gone
  assert.ok(performance.now() - removed >= 200)
})
