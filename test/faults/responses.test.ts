import assert from 'node:assert/strict'
import type { RawConnection } from '../support/raw-connection.ts'
import { section } from './section.ts'
import { Path, WAYS } from './ways.ts'

const fault = section('Responses that nobody could have meant')

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const STAGED = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstaged'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

async function assertBadResponse(runner: RawConnection, what: string): Promise<void> {
  const { status, body } = await runner.response()
  assert.deepEqual([status, JSON.parse(body).type], [502, 'urn:certhop:error:bad_response'], what)
}

fault(
  'a server switches protocols without having been asked',
  '502 bad_response, and the connection to it ends',
  scene =>
    Promise.all(
      WAYS.flatMap(way =>
        ['GET', 'POST'].map(async method => {
          const path = await Path.open(scene, way)
          const { runner, peer } = await path.ask(method, 'Content-Length: 0\r\n\r\n')
          peer.send(
            'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nGET / HTTP/1.1\r\n\r\n',
          )
          await assertBadResponse(runner, `${way}, ${method}`)
          await peer.untilEnd()
        }),
      ),
    ),
)

fault(
  'a server says something that is no status line',
  '502 bad_response, and the connection to it ends',
  async scene => {
    const lines = [
      'HTTP/2 200 OK',
      'HTTP/1.1 20 OK',
      'HTTP/1.1 2000 OK',
      'HTTP/1.1  200 OK',
      'HTTP/1.1 -20 OK',
      'http/1.1 200 OK',
      'HTTP/1.1 2e2 OK',
      ' HTTP/1.1 200 OK',
      'ICY 200 OK',
      'SSH-2.0-OpenSSH_9.6',
      '220 mail.test ESMTP',
      '\x16\x03\x03\x00\x7a\x02',
      '\x00'.repeat(20),
    ]
    await Promise.all(
      WAYS.flatMap(way =>
        lines.map(async line => {
          const { runner, peer } = await (await Path.open(scene, way)).ask()
          peer.send(`${line}\r\nContent-Length: 2\r\n\r\nok`)
          await assertBadResponse(runner, `${way}, ${line}`)
          await peer.untilEnd()
        }),
      ),
    )
    return `${lines.length} of them`
  },
)

fault(
  'a server says something that is no chunk',
  'the runner gets what came before it, and no end of the message',
  async scene => {
    const chunks = [
      'z\r\n',
      '-1\r\na',
      '0x3\r\nabc\r\n',
      '3\nabc\r\n',
      '3 \r\nabc',
      '3\r\nabcd\r\n',
      '\r\n',
      '1'.repeat(17),
      '3;a\nb\r\n',
    ]
    await Promise.all(
      WAYS.flatMap(way =>
        chunks.map(async chunk => {
          const { runner, peer } = await (await Path.open(scene, way)).ask()
          peer.send(`${CHUNKED}3\r\nabc\r\n`)
          await runner.until('3\r\nabc\r\n')
          peer.send(`${chunk}0\r\n\r\n`)
          const rest = await runner.untilEnd()
          assert.doesNotMatch(rest, /\r\n0\r\n\r\n$/, `${way}, ${JSON.stringify(chunk)}`)
          assert.ok(chunk.startsWith(rest), `${way}, ${JSON.stringify(chunk)}: ${JSON.stringify(rest)}`)
          await peer.untilEnd()
        }),
      ),
    )
    return `${chunks.length} of them`
  },
)

fault(
  'a server stages a response on a connection that is kept',
  'no runner ever gets it, and the next request takes another connection',
  scene =>
    Promise.all(
      WAYS.map(async way => {
        const path = await Path.open(scene, way)
        const { runner, peer } = await path.ask()
        for (const [staged, connection] of [
          [`${OK}${STAGED}`, peer],
          [OK, null],
        ] as const) {
          const server = connection ?? (await path.server.accept())
          if (connection === null) await server.head()
          server.send(staged)
          assert.equal((await runner.response()).body, 'ok', way)
          // With the response, or when it is idle.
          if (staged === OK) server.send(STAGED)
          await server.untilEnd()
          runner.send(`GET ${path.url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
        }
        const last = await path.server.accept()
        await last.head()
        last.send(OK)
        assert.equal((await runner.response()).body, 'ok', way)
        assert.equal(runner.received, '', way)
      }),
    ),
)

fault(
  'a server answers before the request is complete, and goes on reading, ends, or breaks off',
  'the runner gets that answer, whole',
  scene =>
    Promise.all(
      WAYS.flatMap(way =>
        (['goes on', 'ends', 'breaks off'] as const).map(async then => {
          const path = await Path.open(scene, way)
          const { runner, peer } = await path.ask('POST', 'Content-Length: 1000000\r\n\r\nabc')
          await peer.until('abc')
          peer.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig')
          if (then === 'ends') peer.end()
          if (then === 'breaks off') peer.socket.destroySoon()
          const { status, body } = await runner.response()
          assert.deepEqual([status, body], [413, 'big'], `${way}, ${then}`)
          runner.send('x'.repeat(999_997))
          if (then === 'goes on') {
            await peer.bytes(999_997)
            runner.send(`GET ${path.url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
            assert.match(await peer.head(), /^GET \/ /, way)
            peer.send(OK)
            assert.equal((await runner.response()).body, 'ok', way)
          } else assert.equal(await runner.untilEnd(), '', `${way}, ${then}`)
        }),
      ),
    ),
)
