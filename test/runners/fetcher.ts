import assert from 'node:assert/strict'
import type { Outcome } from '../support/command.ts'
import type { NginxAnswer } from '../support/nginx.ts'
import { type Case, type Client, UNNOTICED } from './client.ts'
import { host, type TestBed } from './test-bed.ts'

/** How requests arrive at certhop (as its access log names it) and at the server (`$server_protocol`). */
export interface Arrival {
  readonly way: string
  readonly protocol: 'HTTP/1.1' | 'HTTP/2.0'
}

export interface Fetcher extends Omit<Client, 'cases'> {
  /** Sends a GET request and prints the body of the answer on stdout. */
  get(url: string, bed: TestBed): Promise<Outcome>
  /** Null: it has no way of its own for http://. */
  readonly http: Arrival | null
  readonly https: Arrival
  /** How a https:// request to a host without a certificate arrives. Default `tunnel`. */
  readonly openWay?: string
  /** What it shows of a 502 answer; default: its body. */
  readonly refusal?: RegExp
  readonly more?: readonly Case[]
}

export const ABSOLUTE: Arrival = { way: 'absolute-http', protocol: 'HTTP/1.1' }
export const CONNECT_HTTP1: Arrival = { way: 'connect-h1', protocol: 'HTTP/1.1' }
export const CONNECT_HTTP2: Arrival = { way: 'connect-h2', protocol: 'HTTP/2.0' }

const PROBLEM = /"urn:certhop:error:passphrase_wrong"/

/** A client that gets a URL and prints what it got. */
export function fetcher({
  http,
  https,
  openWay = 'tunnel',
  refusal = PROBLEM,
  more,
  ...client
}: Fetcher): Client {
  const { label, get } = client
  return {
    ...client,
    cases: [
      ...(http === null ? [] : [certified('http', http)]),
      certified('https', https),
      {
        promise: UNNOTICED,
        column: 'without a certificate',
        async prove(bed) {
          const outcome = await get(`https://${host(label, 'https', 'open')}/open?a=1`, bed)
          const { subject, method, uri } = answerIn(outcome)
          assert.deepEqual({ subject, method, uri }, { subject: '', method: 'GET', uri: '/open?a=1' })
          const record = await bed.record(host(label, 'https', 'open'))
          assert.equal(record.way, openWay)
          assert.equal(record.certificate, null)
          return openWay
        },
      },
      {
        promise: 'is told over https:// that the passphrase of the winning entry is wrong',
        column: 'told why it failed',
        async prove(bed) {
          const { stdout, stderr } = await get(`https://${host(label, 'https', 'wrong')}/`, bed)
          assert.match(stdout + stderr, refusal)
          const record = await bed.record(host(label, 'https', 'wrong'))
          assert.equal(record.error, 'passphrase_wrong')
          assert.equal(record.status, 502)
          return refusal === PROBLEM ? 'yes' : 'status'
        },
      },
      ...(more ?? []),
    ],
  }

  function certified(scheme: 'http' | 'https', { way, protocol }: Arrival): Case {
    return {
      promise: `over ${scheme}:// presents the certificate, ${protocol}`,
      column: `${scheme}://`,
      async prove(bed) {
        const path = `/${scheme}?a=1`
        const answer = answerIn(await get(`${scheme}://${host(label, scheme, 'api')}${path}`, bed))
        assert.equal(answer.subject, 'CN=api')
        assert.equal(answer.protocol, protocol)
        assert.equal(answer.method, 'GET')
        assert.equal(answer.uri, path)
        assert.equal(answer.host, host(label, scheme, 'api'))
        assert.equal(answer.serverName, host(label, scheme, 'api'))
        const record = await bed.record(host(label, scheme, 'api'))
        assert.equal(record.way, way)
        assert.equal(record.certificate, 'api')
        assert.equal(record.status, 200)
        return `${way}, ${protocol}`
      },
    }
  }
}

/** The JSON object in what a client printed. */
export function answerIn({ stdout, stderr }: Outcome): NginxAnswer {
  const json = /\{.*\}/s.exec(stdout)?.[0]
  assert(json !== undefined, `${stdout}${stderr}`)
  return JSON.parse(json)
}
