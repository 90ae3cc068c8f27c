import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPath } from '../support/path.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: canary-set-cookie\r\n\r\nok'

const FIELDS = [
  'requestId',
  'way',
  'method',
  'host',
  'port',
  'path',
  'status',
  'certificate',
  'rule',
  'generation',
  'reused',
  'resumed',
  'bytesIn',
  'bytesOut',
  'dnsMs',
  'connectMs',
  'tlsMs',
  'firstByteMs',
  'totalMs',
  'error',
]

function lines(proxy: TestProxy): Record<string, unknown>[] {
  const all = proxy.log().trim().split('\n')
  return all.map(line => JSON.parse(line)).filter(line => line.msg === 'request')
}

test('One line a request, with the fields that the documentation lists', async t => {
  const { server, url, send, proxy } = await startPath(t)
  const runner = await send(`POST ${url}/a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`)
  const peer = await server.accept()
  await peer.until('abc')
  peer.send(OK)
  await runner.response()
  const [line, ...others] = lines(proxy)
  assert.deepEqual(others, [])
  const { level: _level, time: _time, msg: _msg, ...fields } = line ?? {}
  assert.deepEqual(Object.keys(fields), FIELDS)
  const { requestId, dnsMs, connectMs, tlsMs, firstByteMs, totalMs, ...rest } = fields
  assert.match(String(requestId), /^[0-9a-f]{8}-\d+$/)
  for (const ms of [dnsMs, connectMs, tlsMs, firstByteMs, totalMs]) assert.ok(Number(ms) >= 0, `${ms}`)
  assert.ok(Number(firstByteMs) <= Number(totalMs))
  assert.deepEqual(rest, {
    way: 'absolute-http',
    method: 'POST',
    host: 'api.test',
    port: server.port,
    path: '/a?b=***',
    status: 200,
    certificate: 'api',
    rule: 'full',
    generation: 1,
    reused: false,
    resumed: false,
    bytesIn: 3,
    bytesOut: 2,
    error: null,
  })
})

test('No value of a field, query, body or credential is in the log, at any level', async t => {
  const { server, url, send, proxy } = await startPath(t, 'with a certificate', { log: { level: 'trace' } })
  const fields = [
    'Authorization: Basic canary-1',
    'Cookie: canary-2',
    `Proxy-Authorization: Basic ${btoa('canary-3:canary-10')}`,
    'X: canary-4',
  ]
  const runner = await send(
    `POST ${url}/p?token=canary-5&canary-6 HTTP/1.1\r\nHost: x\r\n${fields.join('\r\n')}\r\nContent-Length: 8\r\n\r\ncanary-7`,
  )
  const peer = await server.accept()
  await peer.until('canary-7')
  peer.send(OK)
  await runner.response()
  runner.send(`GET http://canary-8:canary-9@api.test/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  await runner.response()
  assert.equal(lines(proxy).length, 2)
  runner.send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Bearer canary-11\r\n\r\n`)
  await runner.response()
  assert.doesNotMatch(proxy.log(), /canary|Y2FuYXJ5/)
})

test('Query values are shown only where the settings ask for it', async t => {
  const proxy = await startProxy(t, [], { unmatched: 'reject', log: { query: true } })
  const runner = await proxy.send('GET http://pay.test/p?a=b&c HTTP/1.1\r\nHost: x\r\n\r\n')
  await runner.response()
  assert.equal(lines(proxy)[0]?.['path'], '/p?a=b&c')
})

test('log.access: false and a level above info log no requests', async t => {
  for (const log of [{ access: false }, { level: 'warn' }]) {
    const proxy = await startProxy(t, [], { unmatched: 'reject', log })
    const runner = await proxy.send('GET http://pay.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    await runner.response()
    assert.deepEqual(proxy.log().includes('pay.test'), false)
  }
})
