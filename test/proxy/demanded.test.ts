import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { startHttpsServer } from '../support/servers.ts'

// The roots that requests without a certificate go by; this file has a process of its own.
setDefaultCACertificates([...getCACertificates('default'), MINTED.authority.pem])

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a server that demands a certificate for a host without an entry makes client_certificate_demanded, in ${version}`, async t => {
    const options = { minVersion: version, maxVersion: version }
    const setup = { certificate: MINTED.server, clientAuthority: MINTED.authority, options }
    const port = await startHttpsServer(t, setup, (_request, response) => response.end('let in'))
    const proxy = await startProxy(t, [], { resolve: { 'api.test': `127.0.0.1:${port}` } })
    const runner = await proxy.send('GET https://api.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    const response = await runner.response()
    const problem = JSON.parse(response.body)
    assert.equal(problem.type, 'urn:certhop:error:client_certificate_demanded', response.body)
    assert.equal(response.status, 502)
    assert.match(problem.detail, version === 'TLSv1.2' ? /handshake_failure/ : /certificate_required/)
    assert.match(problem.hint, /entry/)
  })
}

test('a server that the roots vouch for is reached over https:// without a certificate, and its connection is kept', async t => {
  const port = await startHttpsServer(t, { certificate: MINTED.server }, (_request, response) =>
    response.end('hello'),
  )
  const proxy = await startProxy(t, [], { resolve: { 'api.test': `127.0.0.1:${port}` } })
  const runner = await proxy.connect()
  for (const reused of [false, true]) {
    runner.send('GET https://api.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.equal((await runner.response()).body, 'hello')
    const record = proxy.records.at(-1)
    assert.deepEqual(
      { way: record?.way, certificate: record?.certificate, rule: record?.rule, reused: record?.reused },
      { way: 'absolute-https', certificate: null, rule: 'none', reused },
    )
  }
})
