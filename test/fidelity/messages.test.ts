import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { startRawServer } from '../support/servers.ts'
import { converse } from './conversation.ts'
import { GROUPS } from './corpus/groups.ts'
import { DIFFERENCES, expectedOf, withoutHopByHop } from './differences.ts'
import { HOST } from './exchange.ts'
import { connectDirectly, type TestBed, WAYS } from './ways.ts'

const EXCHANGES = GROUPS.flatMap(([what, exchanges]) => exchanges.map(exchange => ({ what, exchange })))

/** A server that demands a client certificate, and certhop, which has the one that the runner presents when it goes alone. */
async function startBed(t: TestContext) {
  const { authority, client } = MINTED
  const server = await startRawServer(t, { certificate: MINTED.server, clientAuthority: authority })
  const resolve = { [HOST]: `127.0.0.1:${server.port}` }
  const entries = [{ id: 'api', host: HOST, certificate: client, ca: authority }]
  const proxy = await startProxy(t, entries, { resolve })
  const certhopAuthority = await readFile(proxy.app.trustFiles.certificate, 'utf8')
  const bed: TestBed = { serverPort: server.port, proxyPort: proxy.port, authority: certhopAuthority }
  return { server, bed }
}

test('Server and runner get, octet for octet, what they would get without certhop', async t => {
  const { server, bed } = await startBed(t)
  const met = new Set<string>()
  for (const { what, exchange } of EXCHANGES) {
    await t.test(`${what}: ${exchange.name}`, async t => {
      const direct = await converse(exchange, await connectDirectly(bed), server)
      assert.deepEqual(
        direct.filter(({ kind }) => kind !== 'end').map(({ text }) => text),
        exchange.parts.filter(({ kind }) => kind !== 'end').map(({ text }) => text),
        'the exchange itself',
      )
      for (const way of WAYS) {
        await t.test(way.name, async () => {
          const heard = await converse(way.said(exchange), await way.connect(bed), server)
          const expected = direct.map(part => expectedOf(part, way.name, met))
          assert.deepEqual(heard.map(withoutHopByHop), expected.map(withoutHopByHop))
        })
      }
    })
  }

  await t.test('every difference that is tolerated is one that is made', () => {
    assert.deepEqual(
      DIFFERENCES.map(({ name }) => name).filter(name => !met.has(name)),
      [],
    )
  })
})

test('the corpus holds at least 60 exchanges, each under a name of its own', () => {
  const names = new Set(EXCHANGES.map(({ what, exchange }) => `${what}: ${exchange.name}`))
  assert.equal(names.size, EXCHANGES.length)
  assert.ok(names.size >= 60, `${names.size}`)
})
