import assert from 'node:assert/strict'
import type { RawConnection } from '../support/raw-connection.ts'
import { section } from './section.ts'
import { Path, WAYS } from './ways.ts'

const fault = section('Servers that break off')

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

/** How a connection can end; TLS tells the first two apart. */
const ENDINGS: readonly [string, (path: Path, peer: RawConnection) => void][] = [
  ['an orderly end', (_path, peer) => peer.end()],
  ['a FIN and nothing else', (_path, peer) => peer.close()],
  ['a reset', (path, peer) => path.server.reset(peer)],
]

for (const [ending, end] of ENDINGS) {
  for (const [place, sent] of [
    ['before the head of a response', ''],
    ['in a status line', 'HTTP/1.1 20'],
    ['in the fields of a response', 'HTTP/1.1 200 OK\r\nServer: x'],
    ['behind an interim response', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ] as const) {
    fault(`${ending} ${place}`, '502 connection_reset', async scene => {
      await Promise.all(
        WAYS.map(async way => {
          const path = await Path.open(scene, way)
          const { runner, peer } = await path.ask()
          peer.send(sent)
          if (sent.endsWith('\r\n\r\n')) await runner.head()
          end(path, peer)
          const { status, body } = await runner.response()
          assert.equal(status, 502, way)
          assert.equal(JSON.parse(body).type, 'urn:certhop:error:connection_reset', way)
        }),
      )
    })
  }

  for (const [place, sent] of [
    ['in a body with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['in the size of a chunk', `${CHUNKED}1`],
    ['in a chunk', `${CHUNKED}a\r\nabc`],
    ['between two chunks', `${CHUNKED}3\r\nabc\r\n`],
    ['behind the last chunk', `${CHUNKED}3\r\nabc\r\n0\r\n`],
    ['in trailers', `${CHUNKED}3\r\nabc\r\n0\r\nA: b\r\n`],
  ] as const) {
    fault(`${ending} ${place}`, 'the runner gets what came, and no end of the message', async scene => {
      await Promise.all(
        WAYS.map(async way => {
          const path = await Path.open(scene, way)
          const { runner, peer } = await path.ask()
          peer.send(sent)
          const start = await runner.until(sent.slice(-4))
          end(path, peer)
          assert.equal(start + (await runner.untilEnd()), sent, way)
        }),
      )
    })
  }
}
