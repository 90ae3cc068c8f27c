import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listenWithLimits } from '../support/admin.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { meanwhile, sendSlowly } from '../support/slow-sender.ts'

const LIMITS = { connections: 100, headTimeout: 300, requestTimeout: 600 }
const MANY = 50

describe('Many clients that are slow end at their deadline, and others are served meanwhile, when they send', () => {
  for (const [what, start, slow] of [
    ['nothing', '', ''],
    ['a head octet by octet', '', 'GET /livez HTTP/1.1\r\nX: x'],
    [
      'a body octet by octet',
      'POST /session HTTP/1.1\r\nHost: HERE\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n',
      '{"code": "x',
    ],
    [
      'chunks octet by octet',
      'POST /session HTTP/1.1\r\nHost: HERE\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      'fffff\r\n{"code": "x',
    ],
  ] as const) {
    test(`${what}: 408`, async t => {
      const port = await listenWithLimits(t, LIMITS)
      const here = `127.0.0.1:${port}`
      const gone = Promise.all(
        Array.from({ length: MANY }, async () => {
          const client = await RawConnection.connect(port)
          client.send(start.replace('HERE', here))
          if (slow !== '') await sendSlowly(client, slow)
          assert.match(await client.untilEnd(), /^HTTP\/1\.1 408 /)
          client.close()
        }),
      )
      const served = await meanwhile(gone, async () => {
        const client = await RawConnection.connect(port)
        client.send(`GET /livez HTTP/1.1\r\nHost: ${here}\r\nConnection: close\r\n\r\n`)
        assert.match(await client.untilEnd(), /^HTTP\/1\.1 200 /)
        client.close()
      })
      assert.ok(served > 0)
    })
  }
})
