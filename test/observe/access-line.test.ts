import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { accessLine } from '../../src/observe/access-line.ts'
import { showRecord } from '../../src/observe/shown-record.ts'
import { emptyRecord } from '../../src/proxy/record.ts'
import { trials } from '../support/property.ts'

const text = fc.oneof(fc.constant(null), fc.string({ unit: 'binary' }), fc.string())
const number = fc.oneof(fc.constant(null), fc.nat(), fc.double({ min: 0, max: 1e9, noNaN: true }))

test('a line of the access log is octet for octet what pino writes for the same fields', () => {
  const stream = new PassThrough({ encoding: 'utf8' })
  const logger = pino({ base: null, timestamp: () => ',"time":1795556811224' }, stream)
  const record = fc.record({
    ...{ host: text, path: text, certificate: text, error: text },
    ...{ port: number, bytesOut: number, dnsMs: number, totalMs: number, reused: fc.boolean() },
  })
  fc.assert(
    fc.property(record, fields => {
      const shown = showRecord({ ...emptyRecord('1-2'), ...(fields as object) }, { query: true })
      logger.info(shown, 'request')
      assert.equal(accessLine(30, 1795556811224, shown), stream.read())
    }),
    trials(500),
  )
})
