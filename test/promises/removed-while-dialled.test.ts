import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { createBilingualServer, http2Over } from '../support/http2.ts'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { clientName, listen } from '../support/servers.ts'
import { openTlsTunnel } from '../support/tunnel.ts'

/** An entry `removed` for a server that lets nobody in before `open`, and one that wins once it is removed. */
async function start(t: TestContext) {
  const fallback = await MINTED.authority.client({ name: 'fallback' })
  const seen: (string | null)[] = []
  const setup = { certificate: MINTED.server, clientAuthority: MINTED.authority }
  const api = createBilingualServer(setup, (request, response) => {
    seen.push(clientName(request.socket))
    response.end('ok')
  })
  const waiting: Socket[] = []
  const gate = createTcpServer(socket => {
    // With its ClientHello, the identity is chosen.
    if (waiting.length === 0) socket.once('readable', () => gate.emit('asked'))
    else api.emit('connection', socket)
    waiting.push(socket)
  })
  const port = await listen(t, gate)
  const entries = [
    { id: 'fallback', host: '*.test', certificate: fallback, ca: MINTED.authority },
    { id: 'removed', host: 'api.test', certificate: MINTED.client, ca: MINTED.authority },
  ]
  const proxy = await startProxy(t, entries, { resolve: { 'api.test': `127.0.0.1:${port}` } })
  const asked = once(gate, 'asked')
  return {
    proxy,
    seen,
    asked,
    async removeAndOpen() {
      await proxy.setEntries(entries.slice(0, 1))
      for (const socket of waiting) api.emit('connection', socket)
    },
  }
}

test('a request whose certificate is removed while its connection is made goes out under the one that wins then', async t => {
  const { proxy, seen, asked, removeAndOpen } = await start(t)
  const runner = await proxy.send('POST http://api.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi')
  await asked
  await removeAndOpen()
  assert.equal((await runner.response()).body, 'ok')
  assert.deepEqual(seen, ['fallback'])
  assert.equal(proxy.records[0]?.certificate, 'fallback')
})

test('so does a request of HTTP/2, whose tunnel waits for that connection', async t => {
  const { proxy, seen, asked, removeAndOpen } = await start(t)
  const ca = await readFile(proxy.app.trustFiles.certificate, 'utf8')
  const tunnel = openTlsTunnel(proxy.port, { servername: 'api.test', ca, ALPNProtocols: ['h2'] })
  await asked
  await removeAndOpen()
  const session = http2Over((await tunnel) as TLSSocket, 'api.test')
  t.after(() => session.destroy())
  assert.equal(await text(session.request({ ':path': '/' })), 'ok')
  assert.deepEqual(seen, ['fallback'])
})
