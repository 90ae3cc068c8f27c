import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPath } from '../support/path.ts'

test('a runner that has ended its side and then breaks ends the connection of a server that goes on sending', async t => {
  const { server, send } = await startPath(t, 'in clear')
  const runner = await send(`CONNECT api.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await runner.head()
  const peer = await server.accept()
  runner.end()
  await peer.untilEnd()
  peer.send('more')
  await runner.until('more')
  const gone = peer.closed()
  runner.socket.resetAndDestroy()
  const block = Buffer.alloc(65_536)
  const pump = () => {
    while (!peer.socket.destroyed && peer.socket.write(block));
  }
  peer.socket.on('drain', pump)
  pump()
  await gone
  assert.equal(peer.broken, true)
})

test('a server that speaks first is heard through a tunnel', async t => {
  const { server, connect } = await startPath(t, 'in clear')
  for (let round = 0; round < 20; round += 1) {
    const runner = await connect()
    runner.send(`CONNECT api.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const peer = await server.accept()
    peer.send('220 mail.test\r\n')
    await runner.head()
    assert.equal(await runner.until('\n'), '220 mail.test\r\n')
    runner.close()
    await peer.untilEnd()
  }
})
