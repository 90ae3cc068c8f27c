import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type ClientHttp2Session, type ClientSessionOptions, constants, type Settings } from 'node:http2'
import { connect } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Http2Server, http2Over, startHttp2Server } from '../support/http2.ts'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { openTlsTunnel, secured } from '../support/tunnel.ts'
import { HOST } from './exchange.ts'
import { converseHttp2 } from './http2-conversation.ts'
import { HTTP2_EXCHANGES } from './http2-exchange.ts'

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } =
  constants
const DATE = { date: 'Sun, 06 Nov 1994 08:49:37 GMT' }

/** A runner's session with a server that demands a client certificate. */
interface Ends {
  readonly server: Http2Server
  readonly session: ClientHttp2Session
  /** The settings of the server, once they have come. */
  readonly settings: Promise<Settings>
}

interface Observation {
  readonly name: string
  readonly observe: (ends: Ends) => Promise<unknown>
  readonly options: ClientSessionOptions
}

const OBSERVATIONS: Observation[] = []

/** What `observe` resolves with has to be the same without certhop and through it. */
function same(name: string, observe: Observation['observe'], options: ClientSessionOptions = {}): void {
  OBSERVATIONS.push({ name, observe, options })
}

function over(t: TestContext, socket: TLSSocket, options: ClientSessionOptions) {
  const session = http2Over(socket, HOST, options)
  session.on('error', () => {})
  t.after(() => session.destroy())
  const settings = once(session, 'remoteSettings').then(([settings]) => settings as Settings)
  return { session, settings }
}

function connectDirectly(port: number): Promise<TLSSocket> {
  const { authority, client } = MINTED
  const identity = { cert: client.chain, key: client.key() }
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  return secured(
    connectTls({ socket, servername: HOST, ca: authority.pem, ...identity, ALPNProtocols: ['h2'] }),
  )
}

const get = (path: string) => ({ ':method': 'GET', ':scheme': 'https', ':authority': HOST, ':path': path })
const post = (path: string) => ({ ...get(path), ':method': 'POST' })

for (const exchange of HTTP2_EXCHANGES) {
  same(exchange.name, async ({ session, server }) => {
    const heard = await converseHttp2(exchange, session, server)
    assert.equal(heard.identity, 'runner')
    assert.deepEqual(heard.request.headers, exchange.request.headers)
    assert.equal(heard.request.body, exchange.request.pieces.join(''))
    assert.deepEqual(heard.response.headers, exchange.response.headers)
    assert.equal(heard.response.body, exchange.response.pieces.join(''))
    assert.equal(heard.request.trailers === null, exchange.request.trailers === null)
    assert.equal(heard.response.trailers === null, exchange.response.trailers === null)
    assert.equal(heard.interim.length, exchange.interim.length)
    return heard
  })
}

same(
  '300 streams are open at once on one connection, and each gets its own answer',
  async ({ session, server, settings }) => {
    // Until then a client keeps to 100.
    await settings
    const numbers = Array.from({ length: 300 }, (_, number) => number)
    const answers = numbers.map(number => {
      const stream = session.request(post(`/${number}`))
      stream.end(`body of ${number}`)
      return text(stream)
    })
    const accepted = []
    for (const _ of numbers) accepted.push(await server.accept())
    for (const { stream, headers, body } of accepted.reverse()) {
      stream.respond(DATE)
      stream.end(`${headers[headers.indexOf(':path') + 1]}: ${await body.untilEnd()}`)
    }
    const bodies = await Promise.all(answers)
    assert.deepEqual(
      bodies,
      numbers.map(number => `/${number}: body of ${number}`),
    )
    return bodies
  },
)

same('5 MB go each way at once, under the flow control of the two sides', async ({ session, server }) => {
  const megabytes = Buffer.alloc(5_000_000, 'a body with a length that is no power of two; ')
  const stream = session.request(post('/'))
  const echoed = buffer(stream)
  stream.end(megabytes)
  const { stream: peer } = await server.accept()
  peer.respond(DATE)
  peer.pipe(peer)
  const digest = createHash('sha256')
    .update(await echoed)
    .digest('hex')
  assert.equal(digest, createHash('sha256').update(megabytes).digest('hex'))
  return digest
})

same(
  'messages of a bidirectional stream cross in any order, while both sides are open',
  async ({ session, server }) => {
    const stream = session.request({
      ...post('/pkg.Service/Chat'),
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const { stream: peer, body } = await server.accept()
    peer.respond({ ...DATE, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    peer.once('wantTrailers', () => peer.sendTrailers({ 'grpc-status': '0' }))
    const trailers = once(stream, 'trailers')
    const heard: string[] = []
    stream.setEncoding('latin1')
    for (const message of ['\0\0\0\0\x01a', '\0\0\0\0\0', '\0\0\0\0\x02bc']) {
      peer.write(message)
      heard.push((await once(stream, 'data'))[0])
      stream.write(message)
      heard.push(await body.bytes(message.length))
    }
    peer.end()
    stream.end()
    heard.push(await body.untilEnd())
    return [heard, (await trailers)[2]]
  },
)

same(
  'a stream that the runner cancels is cancelled at the server, and the others go on',
  async ({ session, server }) => {
    const cancelled = session.request(post('/cancelled'))
    const { stream: peer } = await server.accept()
    const closed = once(peer, 'close')
    cancelled.close(NGHTTP2_CANCEL)
    await closed
    const next = text(session.request(get('/next')))
    const accepted = await server.accept()
    accepted.stream.respond(DATE)
    accepted.stream.end('ok')
    return [peer.rstCode, peer.aborted, await next]
  },
)

for (const code of [NGHTTP2_REFUSED_STREAM, NGHTTP2_INTERNAL_ERROR]) {
  same(
    `a stream that the server resets with ${code} is reset at the runner, and the others go on`,
    async ({ session, server }) => {
      const stream = session.request(get('/'))
      const reset = once(stream, 'error')
      const accepted = await server.accept()
      accepted.stream.on('error', () => {})
      accepted.stream.respond(DATE)
      accepted.stream.close(code)
      await reset
      const next = text(session.request(get('/next')))
      const other = await server.accept()
      other.stream.respond(DATE)
      other.stream.end('ok')
      return [stream.rstCode, await next]
    },
  )
}

same(
  'a server that goes away lets its streams finish and tells the runner why',
  async ({ session, server }) => {
    const stream = session.request(get('/'))
    const body = text(stream)
    const { stream: peer } = await server.accept()
    const away = once(session, 'goaway')
    peer.session?.goaway(NGHTTP2_ENHANCE_YOUR_CALM, peer.id, Buffer.from('calm'))
    const [code, lastStream, data] = await away
    return [
      code,
      lastStream,
      data?.toString(),
      peer.id,
      await Promise.race([body.catch(error => error.code)]),
    ]
  },
)

same(
  'a server that closes its session in order finishes the streams and ends the connection',
  async ({ session, server }) => {
    const body = text(session.request(get('/')))
    const { stream: peer } = await server.accept()
    const away = once(session, 'goaway')
    const closed = once(session, 'close')
    peer.session?.close()
    peer.respond(DATE)
    peer.end('last')
    const result = [(await away).slice(0, 2), await body]
    await closed
    return result
  },
)

same(
  'settings arrive as they were set, so that nothing is pushed to a runner that wants nothing pushed',
  async ({ session, server, settings }) => {
    const stream = session.request(get('/'))
    const { stream: peer } = await server.accept()
    // Which settings Node takes for its own changes from one session to the next.
    const seen = [
      peer.pushAllowed,
      peer.session?.remoteSettings,
      { ...(await settings), customSettings: null },
    ]
    peer.respond(DATE, { endStream: true })
    await text(stream)
    return seen
  },
  { settings: { enablePush: false, initialWindowSize: 123_456, maxConcurrentStreams: 7 } },
)

same('a response is pushed to a runner that allows it', async ({ session, server }) => {
  const stream = session.request(get('/'))
  const { stream: peer } = await server.accept()
  const pushed = once(session, 'stream')
  peer.pushStream({ ':path': '/pushed' }, (error, push) => {
    assert.equal(error, null)
    push.respond({ ...DATE, ':status': 203 })
    push.end('pushed')
  })
  const [push, headers] = await pushed
  const [response] = await once(push, 'push')
  const bodies = [await text(push)]
  peer.respond(DATE)
  peer.end('asked')
  bodies.push(await text(stream))
  return [headers[':path'], response[':status'], bodies]
})

same(
  'a WebSocket over HTTP/2 (RFC 8441) carries what both sides say',
  async ({ session, server, settings }) => {
    await settings
    const stream = session.request({ ...get('/chat'), ':method': 'CONNECT', ':protocol': 'websocket' })
    const accepted = await server.accept()
    accepted.stream.respond({ ...DATE, ':status': 200 })
    await once(stream, 'response')
    stream.write('\x81\x80\0\0\0\0')
    const heard = [await accepted.body.bytes(6)]
    accepted.stream.write('\x81\0')
    heard.push(String((await once(stream, 'data'))[0]))
    stream.end()
    accepted.stream.end()
    return [heard, accepted.headers]
  },
)

same('a ping is answered by the server', async ({ session, server }) => {
  const stream = session.request(get('/'))
  const { stream: peer } = await server.accept()
  const pinged = once(peer.session as NonNullable<typeof peer.session>, 'ping')
  const { promise, resolve } = Promise.withResolvers<unknown>()
  session.ping(Buffer.from('8 octets'), (error, _duration, payload) => resolve([error, payload.toString()]))
  const result = [await promise, String((await pinged)[0])]
  peer.respond(DATE, { endStream: true })
  await text(stream)
  return result
})

test('HTTP/2 in a tunnel is what it is without certhop', async t => {
  const { authority, client } = MINTED
  const setup = { certificate: MINTED.server, clientAuthority: authority }
  const server = await startHttp2Server(t, setup, { settings: { enableConnectProtocol: true } })
  const entries = [{ id: 'api', host: HOST, certificate: client, ca: authority }]
  const proxy = await startProxy(t, entries, { resolve: { [HOST]: `127.0.0.1:${server.port}` } })
  const ca = await readFile(proxy.app.trustFiles.certificate, 'utf8')
  for (const { name, observe, options } of OBSERVATIONS) {
    await t.test(name, async t => {
      const direct = over(t, await connectDirectly(server.port), options)
      const expected = await observe({ server, ...direct })
      const offer = { servername: HOST, ca, ALPNProtocols: ['h2', 'http/1.1'] }
      const tunnel = over(t, await openTlsTunnel(proxy.port, offer), options)
      assert.equal(tunnel.session.alpnProtocol, 'h2')
      assert.deepEqual(await observe({ server, ...tunnel }), expected)
    })
  }
})
