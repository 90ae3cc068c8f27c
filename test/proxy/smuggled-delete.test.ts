import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import httpProxy from 'http-proxy'
import { startProxy } from '../support/proxy.ts'
import { listen, startHttpServer } from '../support/servers.ts'

/** One DELETE, whose chunked body is the text of another request; then a request that shows that all of it was read. */
function smugglingDelete(origin: string): string {
  const body = 'GET /smuggled HTTP/1.1\r\nHost: api.example.test\r\n\r\n'
  const head = `Host: api.example.test\r\n`
  return (
    `DELETE ${origin}/thing HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n` +
    `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` +
    `GET ${origin}/last HTTP/1.1\r\n${head}\r\n`
  )
}

/** What a server sees of the bytes above, in order, up to the first request that is not the DELETE. */
async function seenBehind(
  test: TestContext,
  startPeer: (serverPort: number) => Promise<[port: number, origin: string]>,
) {
  const seen: string[] = []
  const second = Promise.withResolvers<void>()
  const serverPort = await startHttpServer(test, (request: IncomingMessage, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (seen.length === 2) second.resolve()
    request.resume().on('end', () => response.end())
  })
  const [port, origin] = await startPeer(serverPort)
  const client = connect(port, '127.0.0.1')
  await once(client, 'connect')
  client.write(smugglingDelete(origin))
  client.resume()
  await second.promise
  client.destroy()
  return seen.slice(0, 2)
}

test('a DELETE with a chunked body reaches the server as one request', async t => {
  const seen = await seenBehind(t, async port => {
    const proxy = await startProxy(t, [], { resolve: { 'api.example.test': `127.0.0.1:${port}` } })
    return [proxy.port, 'http://api.example.test']
  })
  assert.deepEqual(seen, ['DELETE /thing', 'GET /last'])
})

test('http-proxy makes two requests of it, which is one reason why it does not carry our messages', async t => {
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const seen = await seenBehind(t, async port => {
    const peer = httpProxy.createProxyServer({ target: `http://127.0.0.1:${port}`, agent })
    peer.on('error', () => {})
    return [
      await listen(
        t,
        createServer((request, response) => peer.web(request, response)),
      ),
      '',
    ]
  })
  assert.deepEqual(seen, ['DELETE /thing', 'GET /smuggled'])
})
