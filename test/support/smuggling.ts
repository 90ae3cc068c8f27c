import assert from 'node:assert/strict'
import { request } from 'node:https'
import type { TestContext } from 'node:test'
import { octetsOf, type Payload } from '../http1/corpus/payload.ts'
import { REQUEST_ATTACKS, VICTIM } from '../http1/corpus/requests.ts'
import type { Certificate } from './certificates.ts'
import { startIntercepting } from './interception.ts'
import { RawConnection } from './raw-connection.ts'

/** How requests come in. All are sent on over TLS with a client certificate. */
export const WAYS_IN = ['absolute-form', 'TLS in a tunnel', 'clear text in a tunnel'] as const

export type WayIn = (typeof WAYS_IN)[number]

/** A server that demands a client certificate and answers each request with the path of it. */
export interface CountingServer {
  readonly port: number
  /** The request lines that it has parsed so far; what it could not parse is one as well. */
  readonly requests: () => Promise<readonly string[]>
}

export interface Party {
  readonly authority: Certificate
  readonly client: Certificate
}

const ORIGIN = `http://${VICTIM}/`
/** Ends what waits for more, so that every payload has an end. */
const IMPATIENT = {
  limits: { headerTimeout: 2000, idleTimeout: 2000, tunnelIdleTimeout: 2000 },
  upstream: { responseTimeout: 2000 },
}
const AT_ONCE = 8

/**
 * Sends all that a runner may smuggle to `server`, and honest requests afterwards over the same connections. Asserts that
 * it saw none that was hidden in another, no more than were sent, none that it could not parse, and that each honest one
 * got its own answer.
 */
export async function smuggle(
  test: TestContext,
  way: WayIn,
  server: CountingServer,
  { authority, client }: Party,
): Promise<void> {
  const entry = { id: 'victim', host: VICTIM, certificate: client, ca: authority }
  const leadsTo = `127.0.0.1:${server.port}`
  const resolve = { [`${VICTIM}:443`]: leadsTo, [`${VICTIM}:80`]: leadsTo }
  const intercepting = await startIntercepting(test, server.port, { ...IMPATIENT, resolve }, [entry])

  const open = async (): Promise<RawConnection> => {
    if (way === 'absolute-form') return intercepting.proxy.connect()
    if (way === 'TLS in a tunnel') return intercepting.open({ servername: VICTIM }, `${VICTIM}:443`)
    const { answer, socket } = await intercepting.tunnel(
      `CONNECT ${VICTIM}:80 HTTP/1.1\r\nHost: ${VICTIM}:80\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 200 /)
    return new RawConnection(socket)
  }
  /** In a tunnel requests name only a path. */
  const asSent = (octets: string, prefix: string) =>
    octets.replaceAll(ORIGIN, way === 'absolute-form' ? ORIGIN + prefix : `/${prefix}`)

  const payloads = REQUEST_ATTACKS.entries()
  const attack = async () => {
    for (const [index, payload] of payloads) {
      const runner = await open()
      runner.send(Buffer.from(asSent(octetsOf(payload).toString('latin1'), `p${index}/`), 'latin1'))
      runner.end()
      await runner.untilEnd()
      runner.close()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, attack))

  for (let index = 0; index < AT_ONCE; index += 1) {
    const honest = await open()
    honest.send(
      asSent(`GET ${ORIGIN} HTTP/1.1\r\nHost: ${VICTIM}\r\nConnection: close\r\n\r\n`, `last${index}`),
    )
    assert.match(
      await honest.untilEnd(),
      new RegExp(`\\r\\n\\r\\n(?:[0-9a-f]+\\r\\n)?/last${index}(?:\\r\\n|$)`),
    )
  }
  await intercepting.proxy.app.stop()
  await mark(server.port, { authority, client })
  check(await server.requests())
}

/** Once the server has seen this one, it has seen the end of all connections before. */
function mark(port: number, { authority, client }: Party): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const identity = { ca: authority.pem, cert: client.chain, key: client.key(), servername: VICTIM }
  request({ host: '127.0.0.1', port, path: '/mark', agent: false, headers: { host: VICTIM }, ...identity })
    .on('response', response => response.resume().on('end', resolve))
    .on('error', reject)
    .end()
  return promise
}

function check(lines: readonly string[]): void {
  assert.ok(lines.length > AT_ONCE, 'too little has arrived to prove anything')
  for (const line of lines) {
    assert.match(line, /^[A-Z]+ [/*]\S* HTTP\/1\.[01]$/, 'certhop sent what the server could not parse')
    assert.doesNotMatch(line, /smuggled/)
  }
  for (const [index, payload] of REQUEST_ATTACKS.entries()) {
    const seen = lines.filter(line => line.includes(`/p${index}/`))
    assert.ok(seen.length <= most(payload), `${payload.name}: ${seen}: ${payload.reason}`)
  }
}

/** A request whose body is refused halfway has been seen. */
function most({ taken }: Payload): number {
  return Math.max(taken.length, 1)
}
