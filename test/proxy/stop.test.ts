import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPath, WAYS } from '../support/path.ts'

for (const way of WAYS) {
  test(`what is cut when certhop stops is in the log before it has stopped, and who waits for an answer gets shutting_down, ${way}`, async t => {
    const { proxy, server, host, url, send } = await startPath(t, way, { shutdownTimeout: 100 })
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket'
    const upgraded = await send(`GET ${url}/upgraded HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n\r\n`)
    const tunnel = await server.accept()
    await tunnel.head()
    tunnel.send(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}\r\n\r\n`)
    await upgraded.head()

    const half = await send(`GET ${url}/half HTTP/1.1\r\nHost: x\r\n\r\n`)
    const answering = await server.accept()
    await answering.head()
    answering.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    await half.until('abc')

    const waiting = await send(`POST ${url}/waiting HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
    await (await server.accept()).head()

    assert.equal(await proxy.app.stop(), 'forced')
    const lines = proxy
      .log()
      .split('\n')
      .filter(line => line.includes('"requestId"'))
      .map(line => JSON.parse(line))
      .sort((a, b) => a.path.localeCompare(b.path))
    assert.deepEqual(
      lines.map(({ path, status, error }) => [path, status, error]),
      [
        ['/half', 200, 'shutting_down'],
        ['/upgraded', 101, null],
        ['/waiting', 503, 'shutting_down'],
      ],
      host,
    )
    const answer = await waiting.response()
    assert.equal(JSON.parse(answer.body).type, 'urn:certhop:error:shutting_down')
    await half.closed()
    assert.equal(half.broken, true)
  })
}

test('a runner that keeps an idle connection open does not hold up the stop', async t => {
  const { proxy, server, url, send } = await startPath(t)
  const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  const peer = await server.accept()
  await peer.head()
  peer.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  await runner.response()
  const started = performance.now()
  assert.equal(await proxy.app.stop(), 'clean')
  assert.ok(performance.now() - started < 1000)
})
