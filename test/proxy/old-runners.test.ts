import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startPath, WAYS } from '../support/path.ts'

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nX-A: 1\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-T: t\r\n\r\n'

for (const way of WAYS) {
  describe(`An HTTP/1.0 runner, ${way}`, () => {
    test('is spoken for in HTTP/1.1, with a Host, and gets the end of the connection as the end of the response', async t => {
      const { server, url, host, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/a HTTP/1.0\r\nX-B: 1\r\n\r\n`)
      const peer = await server.accept()
      assert.equal(await peer.head(), `GET /a HTTP/1.1\r\nHost: ${host}\r\nX-B: 1\r\n\r\n`)
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      assert.equal(
        await runner.untilEnd(),
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
      )
    })

    test('keeps its connection where it asks to, and is told so', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      assert.match((await runner.response()).head, /\r\nConnection: keep-alive\r\n/)
      runner.send(`GET ${url}/2 HTTP/1.0\r\n\r\n`)
      assert.match(await peer.head(), /^GET \/2 /)
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      assert.match(await runner.untilEnd(), /\r\nConnection: close\r\n\r\nok$/)
    })

    test('gets a chunked response decoded, byte by byte as well, and its server stays connected', async t => {
      const { server, url, send, connect } = await startPath(t, way)
      const decoded = 'HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: close\r\n\r\nabcde'
      const first = await send(`GET ${url}/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send(CHUNKED)
      assert.equal(await first.untilEnd(), decoded)
      const second = await connect()
      second.send(`GET ${url}/ HTTP/1.0\r\n\r\n`)
      await peer.head()
      for (const octet of CHUNKED) {
        peer.send(octet)
        await new Promise(setImmediate)
      }
      assert.equal(await second.untilEnd(), decoded)
    })

    test('hears no interim response, which it would not understand', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.0\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n')
      assert.equal(await runner.untilEnd(), 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
    })

    test('gets the head alone in answer to HEAD, of a chunked response too', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`HEAD ${url}/ HTTP/1.0\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      assert.equal(await runner.untilEnd(), 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
    })
  })

  test(`An HTTP/1.0 server is understood, and its connection is kept only if it says so, ${way}`, async t => {
    const { server, url, send } = await startPath(t, way)
    const runner = await send(`GET ${url}/1 HTTP/1.1\r\nHost: x\r\n\r\n`)
    const first = await server.accept()
    await first.head()
    first.send('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok')
    assert.equal((await runner.response()).head, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
    runner.send(`GET ${url}/2 HTTP/1.1\r\nHost: x\r\n\r\n`)
    await first.head()
    first.send('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok')
    assert.equal((await runner.response()).body, 'ok')
    assert.equal(await first.untilEnd(), '')
    runner.send(`GET ${url}/3 HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.match(await (await server.accept()).head(), /^GET \/3 /)
  })
}
