import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { startPath, WAYS } from '../support/path.ts'
import type { RawConnection } from '../support/raw-connection.ts'

/** certhop's own ends of its connections to runners. */
const accepted = new Map<number | undefined, Socket>()
channel('net.server.socket').subscribe(message => {
  const { socket } = message as { socket: Socket }
  accepted.set(socket.remotePort, socket)
})

const own = (runner: RawConnection) => accepted.get(runner.socket.localPort) as Socket

const PIECE = 65_536

/** Sends pieces one at a time, so that each finds the system's buffers as full as they get, until one of them has to wait in certhop. */
async function sendPieces(peer: RawConnection, end: Socket, count: number): Promise<number> {
  for (let sent = 1; sent <= count; sent += 1) {
    const before = end.bytesWritten
    peer.send(Buffer.alloc(PIECE, 'x'))
    const target = before + PIECE
    for (let turn = 0; turn < 50 && end.bytesWritten < target; turn += 1) await new Promise(setImmediate)
    await new Promise(setImmediate)
    if (end.writableLength > 0) return sent
  }
  return count
}

/** Resolves once `count` has stopped growing. */
async function stalls(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count()
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate)
  }
}

test('a runner that reads late gets the whole of a response that ends its connection', async t => {
  const { server, url, send } = await startPath(t, 'in clear', { upstream: { reuse: 'never' } })
  const begin = async (length: number) => {
    const runner = await send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const peer = await server.accept()
    await peer.head()
    peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`)
    await runner.head()
    runner.socket.pause()
    return { runner, peer }
  }
  const probe = await begin(1e9)
  const capacity = await sendPieces(probe.peer, own(probe.runner), 1000)
  probe.runner.close()

  const waiting: { runner: RawConnection; length: number }[] = []
  for (let pieces = capacity - 4; pieces <= capacity + 2; pieces += 1) {
    const length = pieces * PIECE
    const { runner, peer } = await begin(length)
    const sent = await sendPieces(peer, own(runner), pieces)
    peer.send(Buffer.alloc(length - sent * PIECE, 'x'))
    waiting.push({ runner, length })
  }
  const last = await begin(0)
  await once(own(last.runner), 'close')
  for (const { runner, length } of waiting) {
    runner.socket.resume()
    assert.equal((await runner.untilEnd()).length, length)
    assert.equal(runner.broken, false)
  }
})

test('a runner that sends requests without reading their answers is answered as it reads', async t => {
  const { server, url, send } = await startPath(t, 'in clear')
  const request = `GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`
  const count = 4000
  const length = 16_000
  const runner = await send('')
  runner.socket.pause()
  runner.send(request.repeat(count))
  const peer = await server.accept()
  const body = 'x'.repeat(length)
  let answered = 0
  peer.socket.on('data', () => {
    while (peer.received.includes('\r\n\r\n')) {
      peer.received = peer.received.slice(peer.received.indexOf('\r\n\r\n') + 4)
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`)
      answered += 1
    }
  })
  const end = own(runner)
  await stalls(() => end.bytesWritten)
  assert.ok(end.writableLength < 4 * PIECE, `${end.writableLength} octets wait`)
  assert.ok(answered < count)
  runner.socket.resume()
  for (let index = 0; index < count; index += 1) assert.equal((await runner.response()).body.length, length)
})

for (const way of WAYS) {
  test(`a server that reads late holds up the runner that uploads to it, and gets all of it, ${way}`, async t => {
    const { server, url, send } = await startPath(t, way)
    const length = 128 * 1024 * 1024
    const runner = await send(`PUT ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`)
    const peer = await server.accept()
    await peer.head()
    peer.socket.pause()
    const block = Buffer.alloc(PIECE)
    let left = length / PIECE
    const pump = () => {
      while (left > 0) {
        left -= 1
        if (!runner.socket.write(block)) break
      }
    }
    runner.socket.on('drain', pump)
    pump()
    const end = own(runner)
    await stalls(() => end.bytesRead)
    assert.ok(end.bytesRead < 32 * 1024 * 1024, `${end.bytesRead} octets were taken`)
    let arrived = 0
    peer.socket.removeAllListeners('data')
    peer.socket.on('data', bytes => {
      arrived += bytes.length
      if (arrived === length) peer.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    })
    peer.socket.resume()
    assert.equal((await runner.response()).status, 200)
  })
}
