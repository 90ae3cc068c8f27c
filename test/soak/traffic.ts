import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Certificate } from '../support/certificates.ts'
import { type Lane, type LaneWay, openLane } from '../support/lanes.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { openTlsTunnel } from '../support/tunnel.ts'

/** Hosts with a certificate, whose common name is the first label of the host. */
export const HOSTS = ['alpha.example.test', 'beta.example.test'] as const
/** A host without one, and one that nobody listens on. */
export const BLIND = 'blind.elsewhere.test'
export const DEAD = 'dead.elsewhere.test'
/** Whose entry names a file that is not there. */
export const BROKEN = 'broken.example.test'

export interface Way {
  readonly proxyPort: number
  /** PEM of what has signed certhop's leaves. */
  readonly authority: string
  /** What has signed the certificates of the servers. */
  readonly root: Certificate
  /** Those that are kept open, for whoever ends it all. */
  readonly lanes: Set<Lane>
}

/** One request, from the connection on or over a kept one: what was wrong with its answer, or null. `number` is its own. */
export type Exchange = (number: number) => Promise<string | null>

/** A tunnel or a connection is opened anew after so many requests, which costs most, and is where most could be left behind. */
const REOPEN = 50

/** Requests over kept connections of `way`, every third of them a POST. */
export function overLane(way: LaneWay, { proxyPort, authority, lanes }: Way): Exchange {
  let lane: Lane | null = null
  let sent = 0
  return async number => {
    lane ??= openLane(way, proxyPort, authority)
    lanes.add(lane)
    sent += 1
    const used = lane
    const host = HOSTS[number % HOSTS.length] as string
    const path = `/${number}`
    const body = number % 3 === 0 ? { method: 'POST', body: 'x'.repeat(number % 20_000) } : { method: 'GET' }
    const answer = await used.send({ host, path, ...body })
    if (sent % REOPEN === 0) {
      used.close()
      lanes.delete(used)
      lane = null
    }
    const expected = `${host.split('.')[0]} ${path}`
    return answer.status === 200 && answer.body === expected
      ? null
      : `${expected}: ${answer.status} ${answer.body}`
  }
}

/** A tunnel to a host without a certificate, with the server's own TLS in it. */
export function throughBlindTunnel({ proxyPort, root }: Way): Exchange {
  return async number => {
    const socket = await openTlsTunnel(proxyPort, { servername: BLIND, ca: root.pem })
    const path = `/${number}`
    socket.end(`GET ${path} HTTP/1.1\r\nHost: ${BLIND}\r\nConnection: close\r\n\r\n`)
    const answer = await text(socket)
    return answer.endsWith(`nobody ${path}`) ? null : `blind ${path}: ${answer.slice(0, 200)}`
  }
}

/** An upgrade, a message that comes back, and an end. */
export function overWebSocket({ proxyPort }: Way): Exchange {
  return async number => {
    const host = HOSTS[number % HOSTS.length] as string
    const runner = await RawConnection.connect(proxyPort)
    runner.send(
      `GET http://${host}/${number} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    )
    const head = await runner.head()
    runner.send(`echo ${number};`)
    const expected = `${host.split('.')[0]} echo ${number};`
    const echo = await runner.until(';')
    runner.close()
    return head.startsWith('HTTP/1.1 101 ') && echo === expected ? null : `${expected}: ${head} ${echo}`
  }
}

/** Requests that fail, each with its code. */
export function failing({ proxyPort }: Way): Exchange {
  const cases = [
    [`GET http://${DEAD}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'connection_refused'],
    [`CONNECT ${DEAD}:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'connection_refused'],
    [
      `GET http://${BROKEN}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      'client_certificate_missing_file',
    ],
    ['GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'not_a_proxy_request'],
    ['nonsense\r\n\r\n', 'bad_request'],
  ] as const
  return async number => {
    const [request, code] = cases[number % cases.length] ?? cases[0]
    const runner = await RawConnection.connect(proxyPort)
    runner.send(request)
    const { body } = await runner.response()
    runner.close()
    return body.includes(`urn:certhop:error:${code}`) ? null : `${code}: ${body}`
  }
}

/** A runner that leaves in the middle of its answer, or of its own request. */
export function abandoning({ proxyPort }: Way): Exchange {
  return async number => {
    const runner = await RawConnection.connect(proxyPort)
    const start = number % 2 === 0 ? 'GET' : 'POST'
    const length = start === 'POST' ? 'Content-Length: 1000\r\n' : ''
    runner.send(`${start} http://${HOSTS[0]}/${number} HTTP/1.1\r\nHost: x\r\n${length}\r\n`)
    if (start === 'GET') await once(runner.socket, 'data')
    runner.socket.resetAndDestroy()
    return null
  }
}
