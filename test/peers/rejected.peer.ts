import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createAuthority } from '../support/certificates.ts'
import { http2Over } from '../support/http2.ts'
import { ENTRY, get, HOST, startIntercepting } from '../support/interception.ts'
import { startOpensslServer } from '../support/openssl-server.ts'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'

for (const version of ['-tls1_2', '-tls1_3']) {
  test(`a client certificate that OpenSSL refuses makes client_certificate_rejected with the alert, for GET and POST (${version})`, async t => {
    const port = await startOpensslServer(t, [version])
    const other = await createAuthority({ name: 'Other authority' })
    const certificate = await other.client({ name: 'stranger' })
    const entry = { id: 'stranger', host: 'api.test', certificate, ca: MINTED.authority }
    const proxy = await startProxy(t, [entry], { resolve: { 'api.test': `127.0.0.1:${port}` } })
    for (const request of [
      'GET http://api.test/ HTTP/1.1\r\nHost: x\r\n\r\n',
      'POST http://api.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
    ]) {
      const runner = await proxy.send(request)
      const { status, body } = await runner.response()
      const problem = JSON.parse(body)
      assert.equal(problem.type, 'urn:certhop:error:client_certificate_rejected', body)
      assert.equal(status, 502)
      assert.match(problem.detail, /unknown_ca/)
      assert.match(problem.hint, /intermediates/)
      assert.equal(problem.certificate, 'stranger')
    }
  })
}

for (const version of ['-tls1_2', '-tls1_3']) {
  test(`so it does inside a tunnel, on HTTP/1.1, on HTTP/2 and on gRPC (${version})`, async t => {
    const port = await startOpensslServer(t, [version])
    const certificate = await (await createAuthority({ name: 'Other authority' })).client({
      name: 'stranger',
    })
    const entry = { ...ENTRY, certificate }
    const { open, secure } = await startIntercepting(t, port, {}, [entry])
    const runner = await open()
    runner.send(get('/'))
    const { body } = await runner.response()
    assert.equal(JSON.parse(body).type, 'urn:certhop:error:client_certificate_rejected', body)
    assert.match(JSON.parse(body).detail, /unknown_ca/)

    const answerTo = async (headers: Record<string, string>) => {
      const session = http2Over(await secure({ ALPNProtocols: ['h2'] }), HOST)
      t.after(() => session.destroy())
      const stream = session.request({ ':method': 'POST', ':path': '/', ...headers })
      stream.end('amount=1')
      const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders]
      return { answered, body: await text(stream) }
    }
    const plain = await answerTo({})
    assert.equal(plain.answered[':status'], 502)
    assert.equal(JSON.parse(plain.body).type, 'urn:certhop:error:client_certificate_rejected')
    const { answered } = await answerTo({ 'content-type': 'application/grpc' })
    assert.equal(answered['grpc-status'], '14')
    assert.match(String(answered['grpc-message']), /^client_certificate_rejected: .*unknown_ca/)
  })
}

test('a client certificate that OpenSSL accepts is let in', async t => {
  const port = await startOpensslServer(t, ['-tls1_3'])
  const entry = { id: 'known', host: 'api.test', certificate: MINTED.client, ca: MINTED.authority }
  const proxy = await startProxy(t, [entry], { resolve: { 'api.test': `127.0.0.1:${port}` } })
  const runner = await proxy.send('GET http://api.test/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  assert.match(await runner.untilEnd(), /^HTTP\/1\.1 200 /)
})
