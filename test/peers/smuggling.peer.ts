import { describe, type TestContext, test } from 'node:test'
import { VICTIM } from '../http1/corpus/requests.ts'
import { createAuthority } from '../support/certificates.ts'
import { startHaproxy } from '../support/haproxy.ts'
import { startNginx } from '../support/nginx.ts'
import { type CountingServer, smuggle, WAYS_IN } from '../support/smuggling.ts'

const authority = await createAuthority({ name: 'Test authority' })
const certificate = await authority.server({ name: VICTIM })
const client = await authority.client({ name: 'runner' })

async function countingNginx(t: TestContext): Promise<CountingServer> {
  const nginx = await startNginx({
    ports: 1,
    files: { 'server.crt': certificate.chain, 'server.key': certificate.key(), 'ca.pem': authority.pem },
    http: ([port]) => `
      log_format line escape=json '$request';
      server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate server.crt;
        ssl_certificate_key server.key;
        ssl_verify_client on;
        ssl_client_certificate ca.pem;
        access_log requests.log line;
        location / { return 200 $request_uri; }
      }`,
  })
  t.after(() => nginx.stop())
  const requests = async () => (await nginx.read('requests.log')).split('\n').slice(0, -1)
  return { port: nginx.port, requests }
}

async function countingHaproxy(t: TestContext): Promise<CountingServer> {
  const haproxy = await startHaproxy(certificate, authority)
  t.after(() => haproxy.stop())
  // Lines without quotes tell of connections that ended before there was a request.
  const requests = async () =>
    haproxy.lines.flatMap(line => (line.startsWith('"') ? [line.slice(1, line.lastIndexOf('"'))] : []))
  return { port: haproxy.port, requests }
}

const MAKES = { nginx: countingNginx, HAProxy: countingHaproxy }

describe('what a runner smuggles', () => {
  for (const [make, start] of Object.entries(MAKES)) {
    for (const way of WAYS_IN) {
      test(`as ${way} reaches ${make} as no more requests than it is`, async t => {
        await smuggle(t, way, await start(t), { authority, client })
      })
    }
  }
})
