import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { RequestRecord } from '../../src/observe/events.ts'
import { startAdmin } from '../support/admin.ts'
import { readSamples } from '../support/metrics.ts'
import { MINTED } from '../support/path.ts'
import { startProxy } from '../support/proxy.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'
import { connectMany, MANY, recorded, workerOf } from '../support/workers.ts'

const SERVER = { certificate: MINTED.server, clientAuthority: MINTED.authority }
const ENTRY = { id: 'api', host: 'api.test', certificate: MINTED.client, ca: MINTED.authority }
const GET = 'GET http://api.test/ HTTP/1.1\r\nHost: x\r\n\r\n'

/** certhop with two workers, and a server that answers who came. */
async function start(t: Parameters<typeof startProxy>[0], settings: Parameters<typeof startProxy>[2] = {}) {
  const port = await startHttpsServer(t, SERVER, ({ socket }, response) => response.end(clientName(socket)))
  const resolve = { 'api.test': `127.0.0.1:${port}` }
  return startProxy(t, [ENTRY], { workers: 2, resolve, requireCertificate: ['api.test'], ...settings })
}

describe('with two workers', () => {
  test('connections are dealt to both, and each request carries the certificate and is recorded once', async t => {
    const proxy = await start(t)
    for (const runner of await connectMany(proxy)) {
      for (let count = 0; count < 2; count += 1) {
        runner.send(GET)
        assert.equal((await runner.response()).body, 'runner')
      }
    }
    const records = await recorded(proxy, 2 * MANY)
    assert.equal(new Set(records.map(workerOf)).size, 2)
    assert.equal(new Set(records.map(({ requestId }) => requestId)).size, 2 * MANY)
    for (const { way, host, status, certificate, rule, generation, bytesOut, error } of records) {
      assert.deepEqual(
        { way, host, status, certificate, rule, generation, bytesOut, error },
        {
          ...{ way: 'absolute-http', host: 'api.test', status: 200, certificate: 'api', rule: 'full' },
          ...{ generation: 1, bytesOut: 'runner'.length, error: null },
        },
      )
    }
    assert.equal(proxy.log().match(/"msg":"request"/g)?.length, 2 * MANY)
  })

  test('an identity that was replaced or removed is used by neither, from when the reload is done', async t => {
    const proxy = await start(t)
    const runners = await connectMany(proxy)
    const seenByAll = () =>
      Promise.all(
        runners.map(async runner => {
          runner.send(GET)
          const { status, body } = await runner.response()
          return status === 200 ? body : JSON.parse(body).type
        }),
      )
    assert.deepEqual(new Set(await seenByAll()), new Set(['runner']))
    const next = await MINTED.authority.client({ name: 'next' })
    await proxy.setEntries([{ ...ENTRY, certificate: next }])
    assert.deepEqual(new Set(await seenByAll()), new Set(['next']))
    await proxy.setEntries([])
    assert.deepEqual(new Set(await seenByAll()), new Set(['urn:certhop:error:certificate_required']))
    await proxy.setEntries([ENTRY])
    assert.deepEqual(new Set(await seenByAll()), new Set(['runner']))
    const records = await recorded(proxy, 4 * MANY)
    assert.equal(new Set(records.map(workerOf)).size, 2)
    assert.deepEqual([...new Set(records.map(({ generation }) => generation))], [1, 2, 3, 4])
  })

  test('an entry that cannot be used is refused by both, with its error and what to do', async t => {
    const proxy = await start(t)
    const broken = { id: 'broken', host: 'api.test', cert: 'missing.crt', key: 'missing.key' }
    await writeFile(
      join(proxy.folder, 'registry.yaml'),
      JSON.stringify({ version: 1, certificates: [broken] }),
    )
    await proxy.app.reload('request')
    const runners = await connectMany(proxy)
    const answers = await Promise.all(
      runners.map(runner => {
        runner.send(GET)
        return runner.response()
      }),
    )
    const problems = answers.map(({ body }) => JSON.parse(body))
    for (const { type, certificate, hint } of problems) {
      assert.deepEqual([type, certificate], ['urn:certhop:error:client_certificate_missing_file', 'broken'])
      assert.match(hint, /create it, or correct its path/)
    }
    assert.equal(new Set((await recorded(proxy, MANY)).map(workerOf)).size, 2)
  })

  test('limits.connections bounds the connections of both together, and places are given back', async t => {
    const proxy = await start(t, { limits: { connections: 6 } })
    let closed = 0
    proxy.app.events.onClosed(() => {
      closed += 1
    })
    const answered = async (request = GET) => {
      const runner = await proxy.send(request)
      return { runner, ...(await runner.response()) }
    }
    const open = []
    // Answered before all of it has come, and so not idle.
    const unfinished = GET.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\n')
    for (let count = 0; count < 6; count += 1) open.push(await answered(unfinished))
    assert.deepEqual(new Set(open.map(({ status }) => status)), new Set([200]))
    for (let count = 0; count < 6; count += 1) {
      const { status, body } = await answered()
      assert.deepEqual([status, JSON.parse(body).type], [503, 'urn:certhop:error:too_many_connections'])
    }
    while (closed < 6) await setImmediate()
    for (const { runner } of open) {
      runner.close()
      while ((await answered()).status !== 200) await setImmediate()
    }
  })

  test('the admin plane shows and counts the requests of both', async t => {
    const port = await startHttpsServer(t, SERVER, (_request, response) => response.end('ok'))
    const settings = { workers: 2, resolve: { 'api.test': `127.0.0.1:${port}` } }
    const admin = await startAdmin(t, [ENTRY], settings)
    for (const runner of await connectMany(admin.proxy)) {
      runner.send(GET)
      assert.equal((await runner.response()).status, 200)
    }
    await recorded(admin.proxy, MANY)
    const { requests } = await admin.get<{ requests: RequestRecord[] }>('/api/requests')
    assert.equal(requests.length, MANY)
    assert.equal(new Set(requests.map(workerOf)).size, 2)
    assert.deepEqual(
      (await admin.certificates()).map(({ id, requests }) => [id, requests]),
      [['api', MANY]],
    )
    const samples = readSamples(await (await admin.fetch('/metrics')).text())
    const labels = 'certificate="api",way="absolute-http",outcome="ok"'
    assert.equal(samples.get(`certhop_requests_total{${labels}}`), MANY)
    const handshakes = [...samples].filter(([name]) => name.startsWith('certhop_upstream_handshakes_total'))
    assert.equal(
      handshakes.some(([name]) => name.includes('certificate="api"')),
      true,
    )
  })

  test('what is open is that of both together', async t => {
    const proxy = await start(t)
    const runners = await connectMany(proxy)
    const answers = runners.map(runner => {
      runner.send(GET)
      return runner.response()
    })
    await Promise.all(answers)
    const shows = async (connections: number) => {
      for (;;) {
        const { clientConnections, upstreamConnections } = proxy.app.gauges()
        if (clientConnections === connections && upstreamConnections.active === 0) return
        await setImmediate()
      }
    }
    await shows(MANY)
    for (const runner of runners) runner.close()
    await shows(0)
  })

  test('a request that leads back to the proxy is refused, whichever has got it', async t => {
    const proxy = await start(t)
    const runners = await connectMany(proxy)
    for (const runner of runners) {
      runner.send(`GET http://127.0.0.1:${proxy.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      assert.equal((await runner.response()).status, 508)
    }
  })
})

test('a port that somebody listens on already is not shared with them', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  const first = await start(t)
  for (const taken of [port, first.port]) {
    await assert.rejects(start(t, { listen: { port: taken } }), { code: 'EADDRINUSE', port: taken })
  }
})
