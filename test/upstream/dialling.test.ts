import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSecureContext, type SecureContext } from 'node:tls'
import { createAuthority } from '../support/certificates.ts'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { startFullServer, startRawServer } from '../support/servers.ts'

const { authority, client, server: serverCertificate } = MINTED

test('a certificate that TLS refuses to present makes client_certificate_invalid, and nobody is dialled for it', async t => {
  const weak = await createAuthority({ name: 'weak', keyType: 'RSA-1024' })
  const server = await startRawServer(t)
  const proxy = await startProxy(t, [{ id: 'weak', host: 'api.test', certificate: weak }], {
    resolve: { 'api.test': `127.0.0.1:${server.port}` },
  })
  const runner = await proxy.send('GET https://api.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
  const { status, body } = await runner.response()
  assert.equal(status, 502)
  assert.equal(JSON.parse(body).type, 'urn:certhop:error:client_certificate_invalid')
  assert.equal(JSON.parse(body).certificate, 'weak')
  assert.equal(server.connections, 0)
})

test('a connection whose runner left before it was ready serves the next one, and is replaced when it turns out dead', async t => {
  const hello = Promise.withResolvers<(error: Error | null, context: SecureContext) => void>()
  const context = createSecureContext({ cert: serverCertificate.chain, key: serverCertificate.key() })
  const server = await startRawServer(t, {
    certificate: serverCertificate,
    options: {
      SNICallback: (_name, answer) => {
        // Only the first one has to wait.
        if (server.connections > 0) answer(null, context)
        else hello.resolve(answer)
      },
    },
  })
  const proxy = await startProxy(t, [{ id: 'api', host: 'api.test', certificate: client, ca: authority }], {
    resolve: { 'api.test': `127.0.0.1:${server.port}` },
  })
  const first = await proxy.send('GET https://api.test/left HTTP/1.1\r\nHost: x\r\n\r\n')
  const goOn = await hello.promise
  const recorded = new Promise(resolve => proxy.app.events.onRequest(resolve))
  first.socket.resetAndDestroy()
  await recorded
  assert.equal(proxy.records[0]?.error, 'client_closed')
  goOn(null, context)
  const peer = await server.accept()
  peer.socket.once('data', () => peer.socket.destroy())

  const second = await proxy.send('GET https://api.test/second HTTP/1.1\r\nHost: x\r\n\r\n')
  const fresh = await server.accept()
  assert.match(await fresh.head(), /^GET \/second /)
  assert.match(peer.received, /^GET \/second /)
  fresh.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  assert.equal((await second.response()).body, 'ok')
})

test('a server that does not even take the connection makes connect_timeout, for GET and for CONNECT', async t => {
  const port = await startFullServer(t)
  const proxy = await startProxy(t, [], { upstream: { connectTimeout: 200 } })
  for (const line of [`GET http://127.0.0.1:${port}/ HTTP/1.1`, `CONNECT 127.0.0.1:${port} HTTP/1.1`]) {
    const { status, body } = await (await proxy.send(`${line}\r\nHost: x\r\n\r\n`)).response()
    assert.deepEqual([status, JSON.parse(body).type], [504, 'urn:certhop:error:connect_timeout'])
  }
})

test('a runner that leaves while its server is dialled leaves a record behind, for GET and for CONNECT', async t => {
  const port = await startFullServer(t)
  const proxy = await startProxy(t, [], { upstream: { connectTimeout: 300 } })
  for (const line of [`GET http://127.0.0.1:${port}/ HTTP/1.1`, `CONNECT 127.0.0.1:${port} HTTP/1.1`]) {
    const runner = await proxy.send(`${line}\r\nHost: x\r\n\r\n`)
    // Behind its request on the same loop: certhop has read it when this one is answered.
    await (await proxy.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).response()
    runner.socket.resetAndDestroy()
  }
  await new Promise<void>(resolve => {
    const poll = () =>
      proxy.records.filter(record => record.error === 'client_closed').length === 2
        ? resolve()
        : setImmediate(poll)
    poll()
  })
  const left = proxy.records.filter(record => record.error === 'client_closed')
  assert.deepEqual(
    left.map(({ method, host, port, status }) => [method, host, port, status]),
    [
      ['GET', '127.0.0.1', port, null],
      ['CONNECT', '127.0.0.1', port, null],
    ],
  )
})
