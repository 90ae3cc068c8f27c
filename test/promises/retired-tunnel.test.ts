import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type ClientHttp2Session, constants } from 'node:http2'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { type Http2Server, http2Over, startHttp2Server } from '../support/http2.ts'
import { MINTED } from '../support/path.ts'
import { type ProxySettings, startProxy } from '../support/proxy.ts'
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
  return { proxy, server, open, remove, session: await open() }
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

test('a request that is sent into an HTTP/2 tunnel after its certificate was removed is refused, and may be sent again', async t => {
  const { proxy, server, session, open, remove } = await start(t)
  await assertServed(session, server, 'runner')
  const { promise, resolve } = Promise.withResolvers<unknown>()
  // Before the runner can know of it.
  proxy.app.registry.onSwap(() => {
    const late = session.request({ ':method': 'POST', ':path': '/late' })
    late.end('body')
    late.on('error', () => {})
    late.on('close', () => resolve(late.rstCode))
  })
  await remove()
  assert.equal(await promise, constants.NGHTTP2_REFUSED_STREAM)
  await assertServed(await open(), server, 'fallback')
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
