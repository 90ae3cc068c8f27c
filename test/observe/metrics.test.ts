import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ERRORS } from '../../src/core/errors.ts'
import { Events, type RequestRecord } from '../../src/observe/events.ts'
import { type CertificateState, Metrics } from '../../src/observe/metrics.ts'
import { emptyRecord } from '../../src/proxy/record.ts'
import { readFamilies, readSamples, scrape } from '../support/metrics.ts'
import { MINTED, startPath } from '../support/path.ts'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { closedPort } from '../support/servers.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const DAY = 86_400_000
const ADMIN = { admin: { host: '127.0.0.1', port: 0 } }

/** Metrics of nothing but what the test tells. */
function startMetrics(certificates: CertificateState[] = []) {
  const events = new Events()
  const metrics = new Metrics(events, {
    gauges: () => ({ clientConnections: 3, tunnels: 2, upstreamConnections: { active: 4, idle: 5 } }),
    certificates: () => certificates,
    generation: () => 7,
  })
  const request = (record: Partial<RequestRecord>) => events.request({ ...emptyRecord('id'), ...record })
  const samples = async () => readSamples(await metrics.text())
  return { events, metrics, request, samples }
}

/** What `samples` has of one name. */
function only(samples: ReadonlyMap<string, number>, name: string): Record<string, number> {
  return Object.fromEntries([...samples].filter(([key]) => key === name || key.startsWith(`${name}{`)))
}

describe('the metrics of requests', () => {
  test('count by certificate, way and outcome, over all that may become of a request', async t => {
    const { proxy, server, url, connect } = await startPath(t, 'with a certificate', ADMIN)
    const runner = await connect()
    for (let i = 0; i < 2; i += 1) {
      runner.send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      if (i === 0) server.accept().then(peer => peer.socket.on('data', () => peer.send(OK)))
      await runner.response()
    }
    runner.send(`GET http://other.test:${await closedPort()}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.equal((await runner.response()).status, 502)
    runner.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.equal((await runner.response()).status, 400)
    const samples = readSamples(await scrape(proxy))
    assert.deepEqual(only(samples, 'certhop_requests_total'), {
      'certhop_requests_total{certificate="api",way="absolute-http",outcome="ok"}': 2,
      'certhop_requests_total{certificate="",way="absolute-http",outcome="error"}': 1,
      'certhop_requests_total{certificate="",way="",outcome="error"}': 1,
    })
    assert.equal(samples.get('certhop_errors_total{code="connection_refused"}'), 1)
    assert.equal(samples.get('certhop_errors_total{code="not_a_proxy_request"}'), 1)
    assert.equal(samples.get('certhop_request_duration_seconds_count'), 3)
    assert.equal(samples.get('certhop_upstream_first_byte_seconds_count'), 2)
    assert.equal(
      samples.get('certhop_upstream_handshakes_total{certificate="api",resumed="false",result="ok"}'),
      1,
    )
  })

  test('a runner that went away is no error', async () => {
    const { request, samples } = startMetrics()
    request({ certificate: 'api', way: 'websocket', error: 'client_closed' })
    const seen = await samples()
    assert.equal(
      seen.get('certhop_requests_total{certificate="api",way="websocket",outcome="client_closed"}'),
      1,
    )
    assert.deepEqual(
      Object.values(only(seen, 'certhop_errors_total')).filter(value => value > 0),
      [],
    )
  })

  test('errors are there from zero on, so that the first one is an increase', async () => {
    const { samples } = startMetrics()
    const expected = Object.keys(ERRORS).map(code => [`certhop_errors_total{code="${code}"}`, 0])
    assert.deepEqual(only(await samples(), 'certhop_errors_total'), Object.fromEntries(expected))
  })

  test('durations go into every bucket that they fit in, in seconds', async () => {
    const { request, samples } = startMetrics()
    for (const totalMs of [0.2, 0.5, 30, 400_000]) {
      request({ way: 'connect-h1', totalMs, firstByteMs: totalMs === 30 ? 20 : null })
    }
    const seen = await samples()
    const bucket = (name: string, le: string) => seen.get(`certhop_${name}_seconds_bucket{le="${le}"}`)
    for (const [le, requests, firstBytes] of [
      ['0.0005', 2, 0],
      ['0.01', 2, 0],
      ['0.025', 2, 1],
      ['0.05', 3, 1],
      ['300', 3, 1],
      ['+Inf', 4, 1],
    ] as const) {
      assert.deepEqual(
        [bucket('request_duration', le), bucket('upstream_first_byte', le)],
        [requests, firstBytes],
      )
    }
    assert.ok(Math.abs((seen.get('certhop_request_duration_seconds_sum') ?? 0) - 400.0307) < 1e-9)
    assert.equal(seen.get('certhop_request_duration_seconds_count'), 4)
    assert.equal(seen.get('certhop_upstream_first_byte_seconds_sum'), 0.02)
  })

  test('what lasts as long as the runner pleases is counted, and not timed', async () => {
    const { request, samples } = startMetrics()
    for (const way of ['tunnel', 'connect-h2', 'websocket'] as const) request({ way, totalMs: 60_000 })
    const seen = await samples()
    assert.equal(Object.keys(only(seen, 'certhop_requests_total')).length, 3)
    assert.equal(seen.get('certhop_request_duration_seconds_count'), 0)
  })
})

describe('the metrics of what is open', () => {
  test('are those of the moment', async () => {
    const { samples } = startMetrics()
    const seen = await samples()
    assert.equal(seen.get('certhop_client_connections'), 3)
    assert.equal(seen.get('certhop_tunnels'), 2)
    assert.deepEqual(only(seen, 'certhop_upstream_connections'), {
      'certhop_upstream_connections{state="active"}': 4,
      'certhop_upstream_connections{state="idle"}': 5,
    })
  })
})

describe('the metrics of the registry', () => {
  test('say whether it was accepted when it was last read, and when that was', async t => {
    const { proxy } = await startPath(t, 'with a certificate', ADMIN)
    const { app, folder, setEntries } = proxy
    const read = async () => {
      const samples = readSamples(await scrape(proxy))
      const at = samples.get('certhop_registry_last_reload_timestamp_seconds') ?? 0
      assert.ok(Math.abs(at - Date.now() / 1000) < 60, `${at}`)
      return [
        samples.get('certhop_registry_generation'),
        samples.get('certhop_registry_last_reload_successful'),
      ]
    }
    assert.deepEqual(await read(), [1, 1])
    await setEntries([])
    assert.deepEqual(await read(), [2, 1])
    await writeFile(join(folder, 'registry.yaml'), 'version: 1\ncertificates: [\n')
    await app.reload('request')
    assert.deepEqual(await read(), [2, 0])
    await setEntries([])
    assert.deepEqual((await read())[1], 1)
  })
})

describe('the metrics of certificates', () => {
  /** What the metrics say of each certificate: when it expires, and whether it can be used. */
  async function statesIn(proxy: TestProxy): Promise<Record<string, (number | undefined)[]>> {
    const samples = readSamples(await scrape(proxy))
    const ids = Object.keys(only(samples, 'certhop_certificate_usable')).map(key => /"(.*)"/.exec(key)?.[1])
    return Object.fromEntries(
      ids.map(id => [
        id,
        [
          samples.get(`certhop_certificate_not_after_timestamp_seconds{certificate="${id}"}`),
          samples.get(`certhop_certificate_usable{certificate="${id}"}`),
        ],
      ]),
    )
  }

  test('say of each when it expires and whether it can be used, and nothing of those that were removed', async t => {
    const now = Math.floor(Date.now() / 1000) * 1000
    const until = (notAfter: number, notBefore = now - 10 * DAY) =>
      MINTED.authority.client({
        name: 'runner',
        notBefore: new Date(notBefore),
        notAfter: new Date(notAfter),
      })
    const entries = [
      { id: 'valid', host: 'a.test', certificate: await until(now + DAY) },
      { id: 'expired', host: 'b.test', certificate: await until(now - DAY) },
      { id: 'tomorrow', host: 'c.test', certificate: await until(now + 2 * DAY, now + DAY) },
    ]
    const proxy = await startProxy(t, entries, ADMIN)
    assert.deepEqual(await statesIn(proxy), {
      valid: [(now + DAY) / 1000, 1],
      expired: [(now - DAY) / 1000, 0],
      tomorrow: [(now + 2 * DAY) / 1000, 0],
    })
    await proxy.setEntries(entries.slice(1, 2))
    assert.deepEqual(await statesIn(proxy), { expired: [(now - DAY) / 1000, 0] })
    await proxy.setEntries([])
    assert.deepEqual(await statesIn(proxy), {})
  })

  test('know no time for one that cannot be read', async t => {
    const proxy = await startProxy(t, [], ADMIN)
    await writeFile(
      join(proxy.folder, 'registry.yaml'),
      JSON.stringify({ version: 1, certificates: [{ id: 'gone', host: 'a.test', cert: 'x', key: 'y' }] }),
    )
    await proxy.app.reload('request')
    assert.deepEqual(await statesIn(proxy), { gone: [undefined, 0] })
  })

  test('of thousands are written without holding requests up', async () => {
    const certificates = Array.from({ length: 10_000 }, (_, index) => ({
      ...{ id: `c${index}`, notAfter: index, usable: true },
    }))
    const { metrics } = startMetrics(certificates)
    await metrics.text()
    let turns = 0
    let isWriting = true
    const written = metrics.text().finally(() => {
      isWriting = false
    })
    for (; isWriting; turns += 1) await setImmediate()
    const text = await written
    assert.equal(Object.keys(only(readSamples(text), 'certhop_certificate_usable')).length, 10_000)
    // Some hundreds of series in each turn of the event loop.
    assert.ok(turns > 30, `${turns} turns`)
    for (const { name } of readFamilies(text)) {
      assert.equal(text.split(`# HELP ${name} `).length, 2, `${name} is said once what it is`)
    }
  })
})

test('no host is in a metric, because there is no end of hosts', async (t: TestContext) => {
  const { proxy, send } = await startPath(t, 'with a certificate', ADMIN)
  const runner = await send(`GET http://other.test:${await closedPort()}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  await runner.response()
  assert.doesNotMatch(await scrape(proxy), /other\.test/)
})
