import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { Addresses } from '../../src/upstream/addresses.ts'
import { startProxy } from '../support/proxy.ts'
import { startRawServer } from '../support/servers.ts'

const get = (authority: string) => `GET http://${authority}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`

test('resolve leads requests for an address elsewhere, as it does for a name', async t => {
  const server = await startRawServer(t)
  const proxy = await startProxy(t, [], {
    resolve: { '192.0.2.1': `127.0.0.1:${server.port}`, '[2001:db8::1]:81': `127.0.0.1:${server.port}` },
  })
  for (const authority of ['192.0.2.1', '[2001:db8::1]:81']) {
    const runner = await proxy.send(get(authority))
    const peer = await server.accept()
    await peer.head()
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    assert.equal((await runner.response()).status, 200)
  }
})

for (const host of ['0.0.0.0', '[::]', '[::ffff:127.0.0.1]', '[::ffff:0.0.0.0]', 'localhost', '127.1']) {
  test(`${host} is this machine: it is denied with loopback, and leads to no loop`, async t => {
    const server = await startRawServer(t)
    const denying = await startProxy(t, [], { destinations: { deny: ['127.0.0.0/8', '::1'] } })
    const denied = await (await denying.send(get(`${host}:${server.port}`))).response()
    assert.equal(JSON.parse(denied.body).type, 'urn:certhop:error:destination_denied')
    assert.equal(server.connections, 0)
    const open = await startProxy(t, [])
    const loop = await (await open.send(get(`${host}:${open.port}`))).response()
    const expected = host === '[::]' ? ['connection_refused', 'loop_detected'] : ['loop_detected']
    assert.ok(expected.includes(JSON.parse(loop.body).type.slice('urn:certhop:error:'.length)), loop.body)
  })
}

test('a proxy that listens on every address finds a loop by each of them', async () => {
  const addresses = new Addresses({
    ...{
      resolve: {},
      deniesHost: () => false,
      deniedNetworks: [],
      allowedNetworks: ['fe80::/10'],
      ports: [],
    },
  })
  addresses.addOwn('::', 8128)
  const own = Object.values(networkInterfaces()).flatMap(list => list?.map(({ address }) => address) ?? [])
  for (const host of [...own, '127.0.0.1', '127.9.9.9', 'localhost', '0.0.0.0']) {
    await assert.rejects(addresses.find(host, 8128), { code: 'loop_detected' }, host)
    assert.equal((await addresses.find(host, 8129)).port, 8129)
  }
  assert.deepEqual(await addresses.find('192.0.2.1', 8128), {
    addresses: [{ address: '192.0.2.1', family: 4 }],
    port: 8128,
  })
})
