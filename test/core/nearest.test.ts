import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nearest } from '../../src/core/nearest.ts'

describe('the nearest name', () => {
  test('is the one with the fewest letters wrong', () => {
    assert.equal(nearest('conectTimeout', ['connectTimeout', 'responseTimeout']), 'connectTimeout')
    assert.equal(nearest('prot', ['host', 'port']), 'port')
    assert.equal(nearest('PORT', ['host', 'port']), 'port')
    assert.equal(nearest('ip', ['id']), 'id')
  })

  test('is none when all are far', () => {
    assert.equal(nearest('zebra', ['host', 'port']), null)
    assert.equal(nearest('x', []), null)
    assert.equal(nearest('', ['host']), null)
  })
})
