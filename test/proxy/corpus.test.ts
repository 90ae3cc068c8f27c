import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { octetsOf } from '../http1/corpus/payload.ts'
import { REQUEST_ATTACKS, VICTIM } from '../http1/corpus/requests.ts'
import { RESPONSE_ATTACKS, type ResponsePayload } from '../http1/corpus/responses.ts'
import { createAuthority } from '../support/certificates.ts'
import { startIntercepting } from '../support/interception.ts'
import { startProxy } from '../support/proxy.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { type RawServer, startHttpServer, startRawServer } from '../support/servers.ts'

const AUTHORITY = await createAuthority({ name: 'Test authority' })
const CLIENT = await AUTHORITY.client({ name: 'runner' })
const SERVER = { certificate: await AUTHORITY.server({ name: VICTIM }), clientAuthority: AUTHORITY }
const AT_ONCE = 8

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

/** The same, for several at once. */
const PATIENT = { upstream: { responseTimeout: 2000 }, shutdownTimeout: 0 }

/** How the runner comes in, and the server is reached. */
const WAYS = [
  'in clear',
  'with a certificate',
  'with a certificate, https:// to the proxy',
  'HTTP in clear in a tunnel',
  'TLS in a tunnel',
] as const

describe('Octets that stage a response, sent by a server, never answer the next request', () => {
  for (const way of WAYS) {
    test(way, async t => {
      const entry = { id: 'victim', host: VICTIM, certificate: CLIENT, ca: AUTHORITY }
      const { proxy, ...runners } = await startIntercepting(
        t,
        0,
        { ...PATIENT, resolve: { [VICTIM]: '127.0.0.1' } },
        way === 'in clear' ? [] : [entry],
      )
      const connect = async (authority: string) => {
        if (!way.endsWith('in a tunnel')) return proxy.connect()
        if (way === 'TLS in a tunnel') return runners.open({ servername: VICTIM }, authority)
        const { answer, socket } = await runners.tunnel(`CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n`)
        assert.match(answer, /^HTTP\/1\.1 200 /)
        return new RawConnection(socket)
      }
      const payloads = RESPONSE_ATTACKS.values()
      const attack = async () => {
        for (const payload of payloads) {
          const server = await startRawServer(t, way === 'in clear' ? null : SERVER)
          const authority = `${VICTIM}:${server.port}`
          const scheme = way.includes('https') ? 'https' : 'http'
          const origin = way.endsWith('in a tunnel') ? '' : `${scheme}://${authority}`
          await assertNotStaged(payload, server, { connect: () => connect(authority), origin })
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, attack))
    })
  }
})

interface Runners {
  readonly connect: () => Promise<RawConnection>
  /** What stands before the path in the target of their requests. */
  readonly origin: string
}

/** Has `server` answer a request with the payload. The next ones must be answered by what it says to them. */
async function assertNotStaged(
  payload: ResponsePayload,
  server: RawServer,
  { connect, origin }: Runners,
): Promise<void> {
  const ask = (runner: RawConnection, method: string | undefined, path: string, fields = '') =>
    runner.send(`${method} ${origin}${path} HTTP/1.1\r\nHost: ${VICTIM}\r\n${fields}\r\n`)
  const first = await connect()
  ask(first, payload.methods[0], '/first')
  const attacker = await server.accept()
  await attacker.head()
  attacker.send(octetsOf(payload))
  const answer = async (connection: RawConnection) => {
    while (await connection.until('/next HTTP/1.1').catch(() => null)) {
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhonest')
    }
  }
  const answerAll = async () => {
    for (;;) void answer(await server.accept())
  }
  void answer(attacker)
  void answerAll()
  // Another runner asks once the first has its answer, or its end: it must be answered by the answer to its request.
  await first.head().catch(() => '')
  const others = [await connect()]
  // One that was answered in full may ask again on its own connection.
  if (payload.next === 'surplus') {
    await first.bytes(payload.taken.join('').length - (payload.taken[0]?.indexOf('\r\n\r\n') ?? 0) - 4)
    others.push(first)
  }
  for (const runner of others) {
    ask(runner, 'GET', '/next', 'Connection: close\r\n')
    const text = await runner.untilEnd()
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nhonest$/s, `${payload.name}: ${payload.reason}`)
    assert.doesNotMatch(text, /smuggled/i, payload.name)
  }
  first.close()
}
