import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startPath, WAYS } from '../support/path.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

for (const way of WAYS) {
  describe(`Messages, ${way}`, () => {
    test('the server gets the request as the runner wrote it, with the path for a target and the Host of the URL', async t => {
      const { server, url, host, send } = await startPath(t, way)
      const fields =
        'User-Agent: runner/1\r\naccept:*/*\r\nX-Twice: 1\r\nX-twice:  2 \r\nCookie: a=b; c=d\r\n'
      const runner = await send(`GET ${url}/a/b?c=%20d&e HTTP/1.1\r\nHost: elsewhere\r\n${fields}\r\n`)
      const peer = await server.accept()
      assert.equal(await peer.head(), `GET /a/b?c=%20d&e HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`)
      peer.send(OK)
      assert.equal((await runner.response()).body, 'ok')
    })

    test('the runner gets the response as the server wrote it', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      const response =
        'HTTP/1.1 299 Quite so\r\nSet-Cookie: a=1\r\nx-lower: v\r\nset-cookie: b=2\r\nVia: 1.1 other\r\nContent-Length: 3\r\n\r\nabc'
      peer.send(response)
      assert.equal(await runner.bytes(response.length), response)
    })

    test('hop-by-hop fields and those that Connection nominates end at certhop, both ways', async t => {
      const { server, url, host, send } = await startPath(t, way)
      const runner = await send(
        `GET ${url}/ HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-Secret\r\nKeep-Alive: timeout=5\r\nX-Secret: s\r\n` +
          'Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nTE: trailers, gzip\r\nUpgrade: foo\r\nX-Kept: 1\r\n\r\n',
      )
      const peer = await server.accept()
      assert.equal(
        await peer.head(),
        `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Kept: 1\r\nTE: trailers\r\nConnection: TE\r\n\r\n`,
      )
      peer.send(
        'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nX-Kept: 2\r\nContent-Length: 0\r\n\r\n',
      )
      assert.equal(await runner.head(), 'HTTP/1.1 200 OK\r\nX-Kept: 2\r\nContent-Length: 0\r\n\r\n')
    })

    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PATCH']) {
      test(`a chunked body of ${method} arrives with its chunks, extensions and trailers, and ends where it ends`, async t => {
        const { server, url, send } = await startPath(t, way)
        const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
        const chunked = `${smuggled.length.toString(16)};a=b;c="d;e"\r\n${smuggled}\r\n3\r\nxyz\r\n0\r\nX-Trailer: t\r\n\r\n`
        const head = 'Transfer-Encoding: chunked\r\nTrailer: X-Trailer\r\n\r\n'
        const runner = await send(`${method} ${url}/ HTTP/1.1\r\nHost: x\r\n${head}${chunked}`)
        const peer = await server.accept()
        assert.ok((await peer.head()).endsWith(head))
        assert.equal(await peer.bytes(chunked.length), chunked)
        peer.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        assert.equal((await runner.response()).status, 200)
        runner.send(`GET ${url}/second HTTP/1.1\r\nHost: x\r\n\r\n`)
        assert.match(await peer.head(), /^GET \/second HTTP\/1\.1\r\n/)
      })
    }

    test('a chunked response passes with its chunks, extensions and trailers, and the connection goes on behind it', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      const response =
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;n=1\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n'
      peer.send(response)
      assert.equal(await runner.bytes(response.length), response)
      runner.send(`GET ${url}/second HTTP/1.1\r\nHost: x\r\n\r\n`)
      assert.match(await peer.head(), /^GET \/second /)
      peer.send(OK)
      assert.equal((await runner.response()).body, 'ok')
    })

    test('interim responses reach the runner before the final one, in their order', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      const interim =
        'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'
      peer.send(interim)
      assert.equal(await runner.bytes(interim.length), interim)
      peer.send(`HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\n${OK}`)
      assert.equal(await runner.head(), 'HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\n')
      assert.equal((await runner.response()).body, 'ok')
    })

    test('an expectation is left to the server: the runner hears 100 from it and then sends its body', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(
        `PUT ${url}/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`,
      )
      const peer = await server.accept()
      assert.match(await peer.head(), /\r\nExpect: 100-continue\r\n/)
      peer.send('HTTP/1.1 100 Continue\r\n\r\n')
      assert.equal(await runner.head(), 'HTTP/1.1 100 Continue\r\n\r\n')
      runner.send('body')
      assert.equal(await peer.bytes(4), 'body')
      peer.send(OK)
      assert.equal((await runner.response()).body, 'ok')
    })

    test('an expectation that the server refuses ends with its answer, and the body is never asked for', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(
        `PUT ${url}/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`,
      )
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      peer.end()
      assert.equal((await runner.response()).status, 417)
      assert.equal(await runner.untilEnd(), '')
    })

    for (const [what, request, status] of [
      ['the answer to HEAD', 'HEAD', '200 OK'],
      ['204', 'DELETE', '204 No Content'],
      ['304', 'GET', '304 Not Modified'],
    ] as const) {
      test(`${what} has no body, whatever its Content-Length says`, async t => {
        const { server, url, send } = await startPath(t, way)
        const runner = await send(`${request} ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
        const peer = await server.accept()
        await peer.head()
        const response = `HTTP/1.1 ${status}\r\nContent-Length: 10\r\n\r\n`
        peer.send(response)
        assert.equal(await runner.head(), response)
        runner.send(`GET ${url}/second HTTP/1.1\r\nHost: x\r\n\r\n`)
        assert.match(await peer.head(), /^GET \/second /)
        peer.send(OK)
        assert.equal((await runner.response()).body, 'ok')
      })
    }

    test('a response that ends with its connection ends that of the runner, which is told so in the head', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nfirst')
      assert.equal(await runner.head(), 'HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: close\r\n\r\n')
      assert.equal(await runner.bytes(5), 'first')
      peer.send(' last')
      peer.end()
      assert.equal(await runner.untilEnd(), ' last')
      assert.equal(runner.broken, false)
    })

    test('requests that were sent at once are answered in their order, each by its own response', async t => {
      const { server, url, send } = await startPath(t, way)
      const request = (path: string, body = '') =>
        `POST ${url}/${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      const runner = await send(request('1', 'one') + request('2') + request('3', 'three'))
      const peer = await server.accept()
      for (const [path, body] of [
        ['1', 'one'],
        ['2', ''],
        ['3', 'three'],
      ] as const) {
        assert.match(await peer.head(), new RegExp(`^POST /${path} `))
        assert.equal(await peer.bytes(body.length), body)
        assert.equal(peer.received, '', 'the next request waits for this answer')
        peer.send(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${path}`)
        assert.equal((await runner.response()).body, path)
      }
    })

    test('a request that asks to close is the last one, even when others were sent behind it', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(
        `GET ${url}/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET ${url}/2 HTTP/1.1\r\nHost: x\r\n\r\n`,
      )
      const peer = await server.accept()
      await peer.head()
      peer.send(OK)
      const response = await runner.response()
      assert.match(response.head, /\r\nConnection: close\r\n/)
      assert.equal(await runner.untilEnd(), '')
      assert.equal(peer.received, '')
      assert.equal(server.connections, 1)
    })

    test('a runner that closes its sending side gets its answers, and then the end', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(
        `GET ${url}/1 HTTP/1.1\r\nHost: x\r\n\r\nGET ${url}/2 HTTP/1.1\r\nHost: x\r\n\r\n`,
      )
      runner.end()
      const peer = await server.accept()
      for (let count = 0; count < 2; count += 1) {
        await peer.head()
        peer.send(OK)
        assert.equal((await runner.response()).body, 'ok')
      }
      assert.equal(await runner.untilEnd(), '')
      assert.equal(runner.broken, false)
    })

    test('every byte of a trickled response is passed on as it comes, and so is every byte of a request body', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`POST ${url}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      for (const octet of '5\r\nhello\r\n0\r\n\r\n') {
        runner.send(octet)
        assert.equal(await peer.bytes(1), octet)
      }
      peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
      await runner.head()
      for (const octet of 'b\r\ndata: x\r\n\r\n\r\n0\r\n\r\n') {
        peer.send(octet)
        assert.equal(await runner.bytes(1), octet)
      }
    })

    test('a head that arrives byte by byte is as good as one in a piece, in both directions', async t => {
      const { server, url, host, send } = await startPath(t, way)
      const runner = await send('\r\n')
      for (const octet of `GET ${url}/ HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n`) runner.send(octet)
      const peer = await server.accept()
      assert.equal(await peer.head(), `GET / HTTP/1.1\r\nHost: ${host}\r\nA: b\r\n\r\n`)
      const response = 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx'
      for (const octet of response) {
        peer.send(octet)
        await new Promise(setImmediate)
      }
      assert.equal(await runner.bytes(response.length), response)
    })
  })
}

describe('Messages, by their target and settings', () => {
  test('OPTIONS of a URL without a path asks about the server as a whole', async t => {
    const { server, url, send } = await startPath(t)
    await send(`OPTIONS ${url} HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.match(await (await server.accept()).head(), /^OPTIONS \* HTTP\/1\.1\r\n/)
  })

  test('https:// in absolute form reaches a host with a certificate like http:// does', async t => {
    const { server, host, send, proxy } = await startPath(t)
    const runner = await send(`GET https://${host}/x HTTP/1.1\r\nHost: y\r\n\r\n`)
    const peer = await server.accept()
    assert.equal(await peer.head(), `GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    peer.send(OK)
    await runner.response()
    assert.equal(proxy.records[0]?.way, 'absolute-https')
    assert.equal(proxy.records[0]?.certificate, 'api')
  })

  test('Via is added to requests and responses only where the settings ask for it', async t => {
    const { server, url, send } = await startPath(t, 'in clear', { via: true })
    const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    const peer = await server.accept()
    assert.match(await peer.head(), /\r\nVia: 1\.1 certhop\r\n/)
    peer.send(OK)
    assert.match(await runner.head(), /\r\nVia: 1\.1 certhop\r\n/)
  })

  test('a body that is too long for one packet arrives whole, whatever its pieces', async t => {
    const { server, url, send } = await startPath(t)
    const body = 'x'.repeat(300_000)
    const runner = await send(
      `POST ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const peer = await server.accept()
    await peer.head()
    assert.equal(await peer.bytes(body.length), body)
    peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    assert.equal((await runner.response()).body, body)
  })
})
