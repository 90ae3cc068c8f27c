import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { octetsOf } from '../http1/corpus/payload.ts'
import { REQUEST_ATTACKS, VICTIM } from '../http1/corpus/requests.ts'
import { RESPONSE_ATTACKS } from '../http1/corpus/responses.ts'
import { startProxy } from '../support/proxy.ts'
import { startHttpServer, startRawServer } from '../support/servers.ts'

/** Ends what waits for more, so that every payload has an end. */
const IMPATIENT = {
  limits: { headerTimeout: 300, idleTimeout: 300, tunnelIdleTimeout: 300 },
  upstream: { responseTimeout: 300 },
}

describe('Octets that smuggle a request, sent by a runner', () => {
  for (const payload of REQUEST_ATTACKS) {
    test(`${payload.attack}: ${payload.name} reaches the server as no more requests than it is`, async t => {
      const seen: string[] = []
      const port = await startHttpServer(t, (request, response) => {
        seen.push(`${request.method} ${request.url}`)
        request.resume().on('end', () => response.end('ok'))
        request.on('error', () => {})
      })
      const proxy = await startProxy(t, [], { ...IMPATIENT, resolve: { [VICTIM]: `127.0.0.1:${port}` } })
      const runner = await proxy.connect()
      runner.send(octetsOf(payload))
      runner.end()
      await runner.untilEnd()
      const smuggled = seen.filter(request => request.includes('/smuggled'))
      assert.deepEqual(smuggled, [], payload.reason)
      assert.ok(seen.length <= Math.max(payload.taken.length, 1), `${seen}: ${payload.reason}`)
    })
  }
})

describe('Octets that stage a response, sent by a server', () => {
  for (const payload of RESPONSE_ATTACKS) {
    test(`${payload.attack}: ${payload.name} never answers the next request`, async t => {
      const server = await startRawServer(t)
      const proxy = await startProxy(t, [], {
        ...IMPATIENT,
        resolve: { [VICTIM]: `127.0.0.1:${server.port}` },
      })
      const first = await proxy.send(
        `${payload.methods[0]} http://${VICTIM}/first HTTP/1.1\r\nHost: x\r\n\r\n`,
      )
      const attacker = await server.accept()
      await attacker.head()
      attacker.send(octetsOf(payload))
      // Another runner asks once the first has its answer, or its end: it must be answered by the answer to its request.
      await Promise.race([first.head(), first.untilEnd()])
      const second = await proxy.send(
        `GET http://${VICTIM}/second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      const answer = async (connection: typeof attacker) => {
        await connection.until('GET /second ')
        connection.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhonest')
      }
      await Promise.any([answer(attacker), server.accept().then(answer)])
      assert.ok((await second.untilEnd()).endsWith('\r\n\r\nhonest'), payload.reason)
    })
  }
})
