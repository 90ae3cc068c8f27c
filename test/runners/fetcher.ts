import assert from 'node:assert/strict'
import type { Outcome } from '../support/command.ts'
import type { NginxAnswer } from '../support/nginx.ts'
import { type Arrival, arrived, passed } from './arrival.ts'
import { type Case, type Client, UNNOTICED } from './client.ts'
import { host, type TestBed } from './test-bed.ts'

export interface Fetcher extends Omit<Client, 'cases'> {
  /** Sends a GET request and prints the body of the answer on stdout. */
  get(url: string, bed: TestBed): Promise<Outcome>
  /** Null: it has no way of its own for http://. */
  readonly http: Arrival | null
  readonly https: Arrival
  /** How a https:// request to a host without a certificate arrives. Default `tunnel`. */
  readonly openWay?: string
}

/** A client that gets a URL and prints what it got. */
export function fetcher({ http, https, openWay, ...client }: Fetcher): Client {
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
          const server = host(label, 'https', 'open')
          const { subject, method, uri } = answerIn(await get(`https://${server}/open?a=1`, bed))
          assert.deepEqual({ subject, method, uri }, { subject: '', method: 'GET', uri: '/open?a=1' })
          return passed(bed, server, openWay)
        },
      },
      {
        promise: 'is told over https:// that the passphrase of the winning entry is wrong',
        column: 'told why it failed',
        async prove(bed) {
          const server = host(label, 'https', 'wrong')
          const { stdout, stderr } = await get(`https://${server}/`, bed)
          assert.match(stdout, /"urn:certhop:error:passphrase_wrong"/, stderr)
          const record = await bed.record(server)
          assert.equal(record.error, 'passphrase_wrong')
          assert.equal(record.status, 502)
          return 'yes'
        },
      },
    ],
  }

  function certified(scheme: 'http' | 'https', arrival: Arrival): Case {
    return {
      promise: `over ${scheme}:// presents the certificate, ${arrival.protocol}`,
      column: `${scheme}://`,
      async prove(bed) {
        const server = host(label, scheme, 'api')
        const answer = answerIn(await get(`${scheme}://${server}/${scheme}?a=1`, bed))
        assert.equal(answer.subject, 'CN=api')
        assert.equal(answer.protocol, arrival.protocol)
        assert.equal(answer.method, 'GET')
        assert.equal(answer.uri, `/${scheme}?a=1`)
        assert.equal(answer.host, server)
        assert.equal(answer.serverName, server)
        return arrived(bed, server, arrival, 'api')
      },
    }
  }
}

/** The JSON object in what a client printed. */
function answerIn({ stdout, stderr }: Outcome): NginxAnswer {
  const json = /\{.*\}/s.exec(stdout)?.[0]
  assert(json !== undefined, `${stdout}${stderr}`)
  return JSON.parse(json)
}
