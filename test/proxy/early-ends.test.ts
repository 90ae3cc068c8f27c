import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startPath, WAYS } from '../support/path.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

for (const way of WAYS) {
  describe(`Refused and cut messages, ${way}`, () => {
    test('a request whose body is broken from the start never reaches the server', async t => {
      const { server, url, send, connect } = await startPath(t, way)
      const first = await send(`GET ${url}/first HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send(OK)
      await first.response()
      const second = await connect()
      second.send(
        `POST ${url}/broken HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n`,
      )
      assert.equal((await second.response()).status, 400)
      first.send(`GET ${url}/third HTTP/1.1\r\nHost: x\r\n\r\n`)
      assert.match(await peer.head(), /^GET \/third /)
      assert.equal(server.connections, 1)
    })

    test('a request body that breaks on its way ends the connection to the server, and the runner hears why', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(
        `POST ${url}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n`,
      )
      const peer = await server.accept()
      await peer.head()
      await peer.until('1\r\na\r\n')
      runner.send('1\r\nab\r\n')
      assert.equal((await runner.response()).status, 400)
      assert.doesNotMatch(await peer.untilEnd(), /0\r\n\r\n/)
    })

    test('a request that its runner cuts short is cut short for the server', async t => {
      const { proxy, server, url, send } = await startPath(t, way)
      const runner = await send(`POST ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc`)
      const peer = await server.accept()
      await peer.head()
      await peer.until('abc')
      runner.end()
      assert.equal(await peer.untilEnd(), '')
      await runner.closed()
      assert.equal(proxy.records[0]?.error, 'client_closed')
      assert.equal(proxy.records[0]?.status, null)
    })

    test('a runner that goes away before its answer takes its connection to the server with it', async t => {
      const { proxy, server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      runner.socket.resetAndDestroy()
      await peer.untilEnd()
      assert.equal(proxy.records[0]?.error, 'client_closed')
    })

    test('a runner that goes away within a response takes its connection to the server with it', async t => {
      const { proxy, server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
      await runner.until('abc')
      runner.socket.resetAndDestroy()
      await peer.untilEnd()
      assert.deepEqual([proxy.records[0]?.error, proxy.records[0]?.status], ['client_closed', 200])
    })

    for (const [where, sent] of [
      ['before its response', ''],
      ['within its status line', 'HTTP/1.1 20'],
      ['within its head', 'HTTP/1.1 200 OK\r\nA: b\r\n'],
      ['after an interim response', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ] as const) {
      for (const how of ['FIN', 'RST'] as const) {
        test(`a server that ends ${where} with ${how} makes a 502 connection_reset`, async t => {
          const { server, url, send, proxy } = await startPath(t, way)
          const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
          const peer = await server.accept()
          await peer.head()
          peer.send(sent)
          if (where === 'after an interim response') await runner.head()
          if (how === 'FIN') peer.end()
          else peer.socket.destroy()
          const response = await runner.response()
          assert.equal(response.status, 502)
          assert.equal(JSON.parse(response.body).type, 'urn:certhop:error:connection_reset')
          assert.equal(proxy.records[0]?.error, 'connection_reset')
          assert.equal(
            typeof proxy.records[0]?.connectMs,
            'number',
            'the connection that broke is in the record',
          )
        })
      }
    }

    for (const [framing, sent] of [
      ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
      ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc'],
    ] as const) {
      test(`a response with ${framing} that its server cuts short never looks complete`, async t => {
        const { server, url, send, proxy } = await startPath(t, way)
        const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
        const peer = await server.accept()
        await peer.head()
        peer.send(sent)
        peer.end()
        assert.equal(await runner.untilEnd(), sent)
        assert.equal(proxy.records[0]?.error, 'connection_reset')
        assert.equal(proxy.records[0]?.status, 200)
      })
    }

    test('a chunked response that is cut short breaks the connection of an HTTP/1.0 runner, who would take an end for the end', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.0\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc')
      await runner.until('abc')
      peer.end()
      await runner.closed()
      assert.equal(runner.broken, true)
    })

    test('a response whose end is its connection breaks with it when the server resets it', async t => {
      const { server, url, send } = await startPath(t, 'in clear')
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 200 OK\r\n\r\nabc')
      await runner.until('abc')
      peer.socket.resetAndDestroy()
      await runner.closed()
      assert.equal(runner.broken, true)
    })

    test('chunked framing that breaks within a response breaks the connection of the runner', async t => {
      const { server, url, send, proxy } = await startPath(t, way)
      const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n')
      await runner.until('1\r\na\r\n')
      peer.send('nonsense\r\n')
      await runner.closed()
      assert.equal(runner.broken, true)
      assert.equal(proxy.records[0]?.error, 'bad_response')
      await peer.untilEnd()
    })

    test('a response before the end of the request is passed on at once, and the rest of the body still goes out', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`POST ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`)
      const peer = await server.accept()
      await peer.head()
      await peer.until('abc')
      peer.send(OK)
      assert.equal((await runner.response()).body, 'ok')
      runner.send(`defGET ${url}/next HTTP/1.1\r\nHost: x\r\n\r\n`)
      assert.equal(await peer.until('def'), 'def')
      assert.match(await peer.head(), /^GET \/next /)
    })

    test('a server that answers and closes while the request is sent gives the runner its answer, then the end', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`POST ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc`)
      const peer = await server.accept()
      await peer.head()
      peer.send('HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig')
      peer.end()
      const response = await runner.response()
      assert.deepEqual([response.status, response.body], [413, 'big'])
      assert.equal(await runner.untilEnd(), '')
      assert.equal(runner.broken, false)
    })

    test('a server that refuses a body while it is sent, and breaks the connection, is still heard', async t => {
      const { server, url, send } = await startPath(t, way)
      const runner = await send(`POST ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n`)
      const block = Buffer.alloc(65_536)
      const pump = () => {
        while (!runner.socket.destroyed && runner.socket.write(block));
      }
      runner.socket.on('drain', pump)
      pump()
      const peer = await server.accept()
      await peer.head()
      await peer.bytes(200_000)
      peer.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig')
      peer.socket.destroySoon()
      const response = await runner.response()
      assert.deepEqual([response.status, response.body], [413, 'big'])
    })

    test('a server that answers and then reads no more holds the exchange for the response timeout and no longer', async t => {
      const { server, url, send, proxy } = await startPath(t, way, { upstream: { responseTimeout: 300 } })
      const runner = await send(`POST ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 64000000\r\n\r\n`)
      const peer = await server.accept()
      await peer.head()
      peer.socket.pause()
      peer.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')
      assert.equal((await runner.response()).status, 413)
      const block = Buffer.alloc(65_536)
      while (runner.socket.write(block));
      assert.equal(await runner.untilEnd(), '')
      assert.equal(proxy.records[0]?.status, 413)
    })
  })
}
