import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Events, type RequestRecord } from '../../src/observe/events.ts'
import { type RecentRequest, RecentRequests } from '../../src/observe/recent-requests.ts'
import { emptyRecord } from '../../src/proxy/record.ts'
import { startPath } from '../support/path.ts'

function recordsFrom(first: number, last: number): RequestRecord[] {
  return Array.from({ length: last - first + 1 }, (_, index) => emptyRecord(`${first + index}`))
}

describe('the recent requests', () => {
  test('are the latest 500, the newest first', () => {
    const events = new Events()
    const recent = new RecentRequests(events, { query: false })
    assert.deepEqual(recent.latest(), [])
    for (const [count, newest, oldest] of [
      [3, '3', '1'],
      [497, '500', '1'],
      [1, '501', '2'],
      [700, '1201', '702'],
    ] as const) {
      const before = Number(recent.latest()[0]?.requestId ?? 0)
      for (const record of recordsFrom(before + 1, before + count)) events.request(record)
      const ids = recent.latest().map(({ requestId }) => requestId)
      assert.deepEqual([ids[0], ids.at(-1)], [newest, oldest])
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => Number(b) - Number(a)),
      )
    }
  })

  test('are shown as the access log shows them, and with their beginning', async t => {
    const { server, url, send, proxy } = await startPath(t)
    const recent = new RecentRequests(proxy.app.events, { query: false })
    const before = Date.now()
    const runner = await send(`GET ${url}/a?token=canary&canary HTTP/1.1\r\nHost: x\r\n\r\n`)
    const peer = await server.accept()
    await peer.until('\r\n\r\n')
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    await runner.response()
    const [{ startedAt, ...shown }, ...others] = recent.latest() as [RecentRequest]
    assert.deepEqual(others, [])
    const { level, time, msg, ...logged } = JSON.parse(proxy.log().match(/.*"msg":"request".*/)?.[0] ?? '')
    assert.deepEqual(shown, logged)
    assert.equal(shown.path, '/a?token=***&***')
    const start = Date.parse(startedAt)
    // The two clocks may differ by a millisecond.
    assert.ok(start >= before - 1 && start <= Date.now() + 1, startedAt)
  })

  test('show query values only where that is asked for', () => {
    for (const [query, path] of [
      [true, '/a?b=c'],
      [false, '/a?b=***'],
    ] as const) {
      const events = new Events()
      const recent = new RecentRequests(events, { query })
      events.request({ ...emptyRecord('1'), path: '/a?b=c' })
      assert.equal(recent.latest()[0]?.path, path)
    }
  })

  test('are told to who listens, as long as they listen', () => {
    const events = new Events()
    const recent = new RecentRequests(events, { query: false })
    const heard: string[] = []
    const stop = recent.onRequest(({ requestId, path }) => {
      heard.push(`first ${requestId} ${path}`)
      if (requestId === '2') stop()
    })
    recent.onRequest(({ requestId }) => heard.push(`second ${requestId}`))
    for (const record of recordsFrom(1, 3)) events.request({ ...record, path: '/?a=b' })
    assert.deepEqual(heard, ['first 1 /?a=***', 'second 1', 'first 2 /?a=***', 'second 2', 'second 3'])
  })
})
