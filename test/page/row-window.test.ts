import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rowWindow, scrollTopFor } from '../../web/src/traffic/row-window.ts'

const VIEW = { height: 600, rowHeight: 30, rows: 10_000 }

describe('the rows of a long list that are drawn', () => {
  test('are those in view and some beside them', () => {
    assert.deepEqual(rowWindow({ ...VIEW, top: 0 }), { first: 0, end: 28 })
    assert.deepEqual(rowWindow({ ...VIEW, top: 150_010 }), { first: 4992, end: 5029 })
    assert.deepEqual(rowWindow({ ...VIEW, top: 299_400 }), { first: 9972, end: 10_000 })
  })

  test('are no more than there are', () => {
    assert.deepEqual(rowWindow({ ...VIEW, rows: 0, top: 0 }), { first: 0, end: 0 })
    assert.deepEqual(rowWindow({ ...VIEW, rows: 3, top: 0 }), { first: 0, end: 3 })
    // The list has become shorter, and the browser has not scrolled yet.
    assert.deepEqual(rowWindow({ ...VIEW, rows: 3, top: 9000 }), { first: 3, end: 3 })
  })

  test('come into view by the shortest way', () => {
    const scroll = { ...VIEW, top: 300 }
    assert.equal(scrollTopFor(12, scroll), 300)
    assert.equal(scrollTopFor(5, scroll), 150)
    assert.equal(scrollTopFor(40, scroll), 630)
  })
})
