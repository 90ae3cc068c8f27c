import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { clientName, listen } from '../support/servers.ts'

test('a request whose certificate is removed while its connection is made goes out under the one that wins then', async t => {
  const fallback = await MINTED.authority.client({ name: 'fallback' })
  const options = { ca: MINTED.authority.pem, requestCert: true, rejectUnauthorized: true }
  const seen: (string | null)[] = []
  const api = createServer(
    { cert: MINTED.server.chain, key: MINTED.server.key(), ...options },
    (request, response) => {
      seen.push(clientName(request.socket))
      response.end('ok')
    },
  )
  const waiting: Socket[] = []
  const gate = createTcpServer(socket => {
    if (waiting.length === 0) gate.emit('first')
    else api.emit('connection', socket)
    waiting.push(socket)
  })
  const port = await listen(t, gate)
  const entries = [
    { id: 'fallback', host: '*.test', certificate: fallback, ca: MINTED.authority },
    { id: 'removed', host: 'api.test', certificate: MINTED.client, ca: MINTED.authority },
  ]
  const proxy = await startProxy(t, entries, { resolve: { 'api.test': `127.0.0.1:${port}` } })
  const first = once(gate, 'first')
  const runner = await proxy.send('POST http://api.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi')
  await first
  await proxy.setEntries(entries.slice(0, 1))
  for (const socket of waiting) api.emit('connection', socket)
  assert.equal((await runner.response()).body, 'ok')
  assert.deepEqual(seen, ['fallback'])
  assert.equal(proxy.records[0]?.certificate, 'fallback')
})
