import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProxy } from '../support/proxy.ts'
import { seenBehind } from '../support/smuggling-delete.ts'

test('a DELETE with a chunked body reaches the server as one request', async t => {
  const seen = await seenBehind(t, async port => {
    const proxy = await startProxy(t, [], { resolve: { 'api.example.test': `127.0.0.1:${port}` } })
    return [proxy.port, 'http://api.example.test']
  })
  assert.deepEqual(seen, ['DELETE /thing', 'GET /last'])
})
