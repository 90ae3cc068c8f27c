import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Handshake } from '../../src/observe/events.ts'
import { createAuthority } from '../support/certificates.ts'
import { startBilingualServer } from '../support/http2.ts'
import { HOST, startIntercepting } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { startHttpsServer, startRawServer } from '../support/servers.ts'

// The roots that requests without a certificate go by; this file has a process of its own.
setDefaultCACertificates([...getCACertificates('default'), MINTED.authority.pem])

const ENTRY = { id: 'api', host: HOST, certificate: MINTED.client, ca: MINTED.authority }
const SERVER = { certificate: MINTED.server, clientAuthority: MINTED.authority }
const GET = `GET https://${HOST}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`

function handshakesOf({ app }: TestProxy): Handshake[] {
  const handshakes: Handshake[] = []
  app.events.onHandshake(handshake => handshakes.push(handshake))
  return handshakes
}

/** One request after the other, each on a connection of its own. */
async function handshakes(
  t: TestContext,
  port: number,
  entries = [ENTRY],
  { requests = 1, handshakeTimeout = 10_000 } = {},
): Promise<Handshake[]> {
  const proxy = await startProxy(t, entries, {
    resolve: { [HOST]: `127.0.0.1:${port}` },
    upstream: { reuse: 'never', handshakeTimeout },
  })
  const seen = handshakesOf(proxy)
  for (let i = 0; i < requests; i += 1) await (await proxy.send(GET)).untilEnd()
  return seen
}

describe('a TLS handshake with a server is told of', () => {
  for (const [version, resumed] of [
    ['TLSv1.2', true],
    ['TLSv1.3', true],
  ] as const) {
    test(`with its certificate, and whether it resumed a session, in ${version}`, async t => {
      const options = { maxVersion: version }
      const port = await startHttpsServer(t, { ...SERVER, options }, (_request, response) =>
        response.end('ok'),
      )
      assert.deepEqual(await handshakes(t, port, [ENTRY], { requests: 2 }), [
        { certificate: 'api', resumed: false, result: 'ok' },
        { certificate: 'api', resumed, result: 'ok' },
      ])
    })
  }

  test('without a certificate where no entry matches', async t => {
    const port = await startHttpsServer(t, { certificate: MINTED.server }, (_request, response) =>
      response.end('ok'),
    )
    assert.deepEqual(await handshakes(t, port, []), [{ certificate: null, resumed: false, result: 'ok' }])
  })

  test('with the code of its failure', async t => {
    const stranger = await (await createAuthority({ name: 'Stranger' })).server({ name: HOST })
    const other = await MINTED.authority.server({ name: 'elsewhere.test' })
    const talker = await startHttpsServer(t, { ...SERVER, certificate: stranger }, () => {})
    const misnamed = await startHttpsServer(t, { ...SERVER, certificate: other }, () => {})
    for (const [port, result] of [
      [talker, 'server_certificate_untrusted'],
      [misnamed, 'server_name_mismatch'],
    ] as const) {
      assert.deepEqual(await handshakes(t, port), [{ certificate: 'api', resumed: false, result }])
    }
    const silent = (await startRawServer(t)).port
    assert.deepEqual(await handshakes(t, silent, [ENTRY], { handshakeTimeout: 100 }), [
      { certificate: 'api', resumed: false, result: 'handshake_timeout' },
    ])
  })

  test('also when it is that of a tunnel, in HTTP/2 and in HTTP/1.1, once each', async t => {
    for (const protocol of ['h2', 'http/1.1']) {
      const port = await startBilingualServer(t, SERVER, (_request, response) => response.end('ok'))
      const { proxy, secure } = await startIntercepting(t, port)
      const seen = handshakesOf(proxy)
      const runner = await secure({ ALPNProtocols: [protocol] })
      if (protocol === 'http/1.1') runner.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      await new Promise(resolve => runner.once('data', resolve))
      assert.equal(runner.alpnProtocol, protocol)
      assert.deepEqual(seen, [{ certificate: 'api', resumed: false, result: 'ok' }])
    }
  })
})
