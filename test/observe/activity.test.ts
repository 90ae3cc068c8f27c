import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Activity } from '../../src/observe/activity.ts'
import { Events, type RequestRecord } from '../../src/observe/events.ts'
import { emptyRecord } from '../../src/proxy/record.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const START = Date.parse('2026-11-01T09:00:00Z')

interface Clocked {
  readonly activity: Activity
  /** So many requests end now. */
  request(times: number, record: Partial<RequestRecord>): void
  /** Milliseconds. */
  pass(time: number): void
}

function startActivity(test: TestContext): Clocked {
  const clock = test.mock.timers
  clock.enable({ apis: ['Date'], now: START })
  const events = new Events()
  const activity = new Activity(events)
  return {
    activity,
    request(times, record) {
      for (let i = 0; i < times; i += 1) events.request({ ...emptyRecord('id'), ...record })
    },
    pass: time => clock.setTime(Date.now() + time),
  }
}

describe('the activity of the last hour', () => {
  test('counts requests by certificate, and those without one', t => {
    const { activity, request } = startActivity(t)
    request(3, { certificate: 'payments', host: 'a.test' })
    request(2, { certificate: 'payments', error: 'passphrase_wrong' })
    request(1, {})
    assert.equal(activity.requestsInLastHour('payments'), 5)
    assert.equal(activity.requestsInLastHour(null), 1)
    assert.equal(activity.requestsInLastHour('orders'), 0)
  })

  test('names the hosts, the most requested first', t => {
    const { activity, request } = startActivity(t)
    request(1, { certificate: 'payments', host: 'b.payments.test' })
    request(2, { certificate: 'payments', host: 'a.payments.test' })
    request(9, { certificate: 'orders', host: 'orders.test' })
    assert.deepEqual(activity.hostsInLastHour('payments'), [
      { host: 'a.payments.test', requests: 2 },
      { host: 'b.payments.test', requests: 1 },
    ])
    assert.deepEqual(activity.hostsInLastHour('orders'), [{ host: 'orders.test', requests: 9 }])
    assert.deepEqual(activity.hostsInLastHour(null), [])
  })

  test('forgets what is over an hour ago', t => {
    const { activity, request, pass } = startActivity(t)
    request(1, { certificate: 'payments', host: 'a.test' })
    pass(30 * MINUTE)
    request(2, { certificate: 'payments', host: 'b.test' })
    assert.equal(activity.requestsInLastHour('payments'), 3)
    pass(29 * MINUTE)
    assert.equal(activity.requestsInLastHour('payments'), 3)
    pass(6 * MINUTE)
    assert.equal(activity.requestsInLastHour('payments'), 2)
    assert.deepEqual(activity.hostsInLastHour('payments'), [{ host: 'b.test', requests: 2 }])
    pass(HOUR)
    assert.equal(activity.requestsInLastHour('payments'), 0)
    assert.deepEqual(activity.hostsInLastHour('payments'), [])
    request(1, { certificate: 'payments', host: 'a.test' })
    pass(24 * HOUR)
    assert.equal(activity.requestsInLastHour('payments'), 0)
  })

  test('counts what is told a moment late, when another five minutes have begun', t => {
    const { activity, request, pass } = startActivity(t)
    const endedAt = Date.now() - 1
    request(2, { certificate: 'payments' })
    request(3, { certificate: 'payments', endedAt })
    pass(1)
    assert.equal(activity.requestsInLastHour('payments'), 5)
  })

  test('counts on when the clock is set back, and is right again within the hour', t => {
    const { activity, request, pass } = startActivity(t)
    request(3, { certificate: 'payments', host: 'a.test' })
    pass(-24 * HOUR)
    request(1, { certificate: 'payments', host: 'a.test' })
    assert.ok(activity.requestsInLastHour('payments') >= 1)
    assert.equal(activity.series().at(-1)?.requests, 1)
    pass(HOUR)
    request(2, { certificate: 'payments', host: 'a.test' })
    assert.equal(activity.requestsInLastHour('payments'), 2)
  })

  test('names only so many hosts, and counts the requests of all', t => {
    const { activity, pass } = startActivity(t)
    const events = new Events()
    const scanned = new Activity(events)
    for (let i = 0; i < 10_100; i += 1) events.request({ ...emptyRecord('id'), host: `h${i}.test` })
    assert.equal(scanned.requestsInLastHour(null), 10_100)
    assert.equal(scanned.hostsInLastHour(null).length, 10_000)
    pass(2 * HOUR)
    events.request({ ...emptyRecord('id'), host: 'new.test' })
    assert.deepEqual(scanned.hostsInLastHour(null), [{ host: 'new.test', requests: 1 }])
    assert.deepEqual(activity.hostsInLastHour(null), [])
  })
})

describe('the series of the last hour', () => {
  test('has a point for every ten seconds since the start, and an hour of them at most', t => {
    const { activity, request, pass } = startActivity(t)
    request(2, {})
    assert.deepEqual(
      activity.series().map(({ at, requests }) => [at, requests]),
      [[START, 2]],
    )
    pass(29_999)
    request(1, {})
    assert.deepEqual(
      activity.series().map(({ at, requests }) => [at - START, requests]),
      [
        [0, 2],
        [10_000, 0],
        [20_000, 1],
      ],
    )
    pass(24 * HOUR)
    const points = activity.series()
    assert.equal(points.length, 360)
    assert.equal(points[0]?.at, Date.now() - (Date.now() % 10_000) - 359 * 10_000)
    assert.ok(points.every(({ requests, errors, p50Ms }) => requests === 0 && errors === 0 && p50Ms === null))
  })

  test('counts as errors what certhop failed, not what servers or runners did', t => {
    const { activity, request } = startActivity(t)
    request(1, { status: 500 })
    request(1, { error: 'client_closed' })
    request(1, { status: 502, error: 'dns_failed' })
    const [point] = activity.series()
    assert.deepEqual([point?.requests, point?.errors], [3, 1])
  })

  test('shows the median and the 99th percentile of durations within a tenth of what they were', t => {
    const { activity, request, pass } = startActivity(t)
    for (const [median, slow] of [
      [0.35, 12],
      [80, 45_000],
      [3, 3],
    ] as const) {
      request(97, { way: 'absolute-http', totalMs: median })
      request(3, { way: 'connect-h1', totalMs: slow })
      const { p50Ms, p99Ms } = activity.series().at(-1) ?? {}
      for (const [shown, real] of [
        [p50Ms, median],
        [p99Ms, slow],
      ]) {
        assert.ok(Math.abs((shown ?? 0) / (real ?? 0) - 1) < 0.1, `${shown} for ${real}`)
      }
      pass(10_000)
    }
  })

  test('times no connection that lasts as long as the runner pleases, and nothing that was no request', t => {
    const { activity, request } = startActivity(t)
    for (const way of ['tunnel', 'connect-h2', 'websocket', null] as const)
      request(1, { way, totalMs: 60_000 })
    const [point] = activity.series()
    assert.deepEqual([point?.requests, point?.p50Ms, point?.p99Ms], [4, null, null])
  })

  test('stays in bounds for durations that are none, or longer than any timeout', t => {
    const { activity, request, pass } = startActivity(t)
    request(1, { way: 'absolute-http', totalMs: 0 })
    assert.ok((activity.series().at(-1)?.p50Ms ?? 1) < 0.011)
    pass(10_000)
    request(1, { way: 'absolute-http', totalMs: 1e9 })
    assert.ok((activity.series().at(-1)?.p50Ms ?? 0) > 400_000)
  })
})
