import assert from 'node:assert/strict'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { type TestContext, test } from 'node:test'
import { embeddedAddress } from '../../src/upstream/embedded-address.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { startRawServer } from '../support/servers.ts'

/** Every way in by which a runner can name a host. */
const REQUESTS = [
  (authority: string) => `GET http://${authority}/ HTTP/1.1\r\nHost: x\r\n\r\n`,
  (authority: string) => `GET https://${authority}/ HTTP/1.1\r\nHost: x\r\n\r\n`,
  (authority: string) => `CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n`,
]

async function codeOf(proxy: TestProxy, request: string): Promise<string> {
  const { body } = await (await proxy.send(request)).response()
  return JSON.parse(body).type.slice('urn:certhop:error:'.length)
}

async function assertDenied(proxy: TestProxy, host: string, port = 80): Promise<void> {
  for (const request of REQUESTS) {
    assert.equal(await codeOf(proxy, request(`${host}:${port}`)), 'destination_denied', host)
  }
  assert.deepEqual(
    proxy.records.filter(({ connectMs }) => connectMs !== null),
    [],
    'nothing was dialled',
  )
}

/** Has the system's resolver answer with `answers` in turn, and with the last one from then on. */
function resolveTo(t: TestContext, ...answers: string[][]): { readonly count: number } {
  const lookup = t.mock.method(dns.promises, 'lookup', async () => {
    const addresses = answers[Math.min(lookup.mock.callCount(), answers.length - 1)] ?? []
    return addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
  })
  syncBuiltinESMExports()
  t.after(() => {
    lookup.mock.restore()
    syncBuiltinESMExports()
  })
  return {
    get count() {
      return lookup.mock.callCount()
    },
  }
}

for (const host of [
  '169.254.169.254',
  '169.254.1.1',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[::a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b::169.254.169.254]',
  '[2002:a9fe:a9fe::1]',
  '[fe80::1]',
  '[febf::1]',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '100.100.100.200',
]) {
  test(`${host}, link-local or a metadata service, is not dialled unless the settings allow it`, async t => {
    await assertDenied(await startProxy(t, []), host)
  })
}

test('a name that resolves to a link-local address, with a zone or without, is not dialled', async t => {
  resolveTo(t, ['169.254.169.254', 'fe80::1%lo', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe'])
  await assertDenied(await startProxy(t, []), 'metadata.test')
})

test('a link-local address behind `resolve` or the egress proxy is not dialled either', async t => {
  const egress = await startRawServer(t)
  const egressProxy = { host: '127.0.0.1', port: egress.port, authorization: null, noProxy: [] }
  const proxy = await startProxy(t, [], { egressProxy, resolve: { 'metadata.test': '169.254.169.254' } })
  for (const host of ['metadata.test', '169.254.169.254', '0xa9fea9fe', '[64:ff9b::a9fe:a9fe]']) {
    await assertDenied(proxy, host)
  }
  assert.equal(egress.connections, 0)
})

test('destinations.allow opens the addresses that it lists, in each of their forms, and destinations.deny closes them again', async t => {
  const egress = await startRawServer(t)
  const egressProxy = { host: '127.0.0.1', port: egress.port, authorization: null, noProxy: [] }
  const allow = ['169.254.10.1']
  const proxy = await startProxy(t, [], { egressProxy, destinations: { allow } })
  for (const host of ['169.254.10.1', '[::ffff:169.254.10.1]', '[64:ff9b::a9fe:a01]']) {
    await proxy.send(`CONNECT ${host}:443 HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.match(await (await egress.accept()).head(), /^CONNECT /)
  }
  await assertDenied(proxy, '169.254.10.2')
  const closed = await startProxy(t, [], { destinations: { allow, deny: ['169.254.0.0/16'] } })
  await assertDenied(closed, '169.254.10.1')
})

test('destinations.deny holds for an IPv4 address in each IPv6 form that leads to it', async t => {
  const proxy = await startProxy(t, [], { destinations: { deny: ['10.0.0.0/8'] } })
  for (const host of [
    '10.1.2.3',
    '[::ffff:10.1.2.3]',
    '[::10.1.2.3]',
    '[64:ff9b::10.1.2.3]',
    '[64:ff9b:0:0:0:0:a01:203]',
    '[2002:a01:203::]',
    '[2002:a01:203:ffff:ffff:ffff:ffff:ffff]',
  ]) {
    await assertDenied(proxy, host)
  }
})

test('an own port is no destination in any IPv6 form that leads to it', async t => {
  const proxy = await startProxy(t, [], { admin: { host: '127.0.0.1', port: 0 } })
  const { port } = new URL(proxy.app.admin?.url ?? '')
  for (const host of [
    '127.0.0.1',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
  ]) {
    for (const request of REQUESTS) {
      assert.equal(await codeOf(proxy, request(`${host}:${port}`)), 'loop_detected', host)
    }
  }
})

test('a name is resolved once: what was checked is dialled, whatever the resolver says next', async t => {
  const server = await startRawServer(t)
  const lookups = resolveTo(t, ['127.0.0.1'], ['127.0.0.2'])
  const proxy = await startProxy(t, [], { destinations: { deny: ['127.0.0.2'] } })
  const runner = await proxy.send(`CONNECT rebinding.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  assert.match(await runner.head(), /^HTTP\/1\.1 200/)
  await server.accept()
  assert.equal(lookups.count, 1)
  assert.equal(
    await codeOf(proxy, `CONNECT rebinding.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`),
    'destination_denied',
  )
  assert.equal(server.connections, 1)
})

test('of several addresses of a name, those that are denied are not tried', async t => {
  const server = await startRawServer(t)
  resolveTo(t, ['127.0.0.2', '169.254.169.254', '::ffff:127.0.0.2', '127.0.0.1'])
  const proxy = await startProxy(t, [], { destinations: { deny: ['127.0.0.2'] } })
  const runner = await proxy.send(`CONNECT several.test:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  assert.match(await runner.head(), /^HTTP\/1\.1 200/)
  assert.equal(server.connections, 1)
})

test('destinations.ports are the only ports that may be asked for, on every way in', async t => {
  const server = await startRawServer(t)
  const other = await startRawServer(t)
  const proxy = await startProxy(t, [], { destinations: { ports: [server.port] } })
  await assertDenied(proxy, '127.0.0.1', other.port)
  assert.equal(other.connections, 0)
  const runner = await proxy.send(`CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  assert.match(await runner.head(), /^HTTP\/1\.1 200/)
})

test('an address holds an IPv4 address only where IPv6 says so', () => {
  for (const address of [
    '::',
    '::1',
    'fe80::1%eth0',
    '2001:db8::a01:203',
    '64:ff9b:1::a01:203',
    '10.1.2.3',
    'a.test',
  ]) {
    assert.equal(embeddedAddress(address), null, address)
  }
  assert.deepEqual(embeddedAddress('::ffff:10.1.2.3%lo'), { address: '10.1.2.3', mapped: true })
})
