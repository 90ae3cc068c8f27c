import assert from 'node:assert/strict'
import { Agent, createServer } from 'node:http'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { listen } from '../support/servers.ts'
import { seenBehind } from '../support/smuggling-delete.ts'

// Installed for the benchmark alone, by `npm ci --prefix bench`.
const { createProxyServer } = createRequire(new URL('../../bench/package.json', import.meta.url))(
  'http-proxy',
)

test('http-proxy makes two requests of one DELETE, which is one reason why it does not carry our messages', async t => {
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const seen = await seenBehind(t, async port => {
    const peer = createProxyServer({ target: `http://127.0.0.1:${port}`, agent })
    peer.on('error', () => {})
    const server = createServer((request, response) => peer.web(request, response))
    return [await listen(t, server), '']
  })
  assert.deepEqual(seen, ['DELETE /thing', 'GET /smuggled'])
})
