import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { linePath, niceMax } from '../../web/src/health/chart-path.ts'
import { expiryCalendar } from '../../web/src/health/expiry-calendar.ts'

const AREA = { width: 100, height: 50, from: 0, to: 1000, max: 10 }

describe('the line of a chart', () => {
  test('goes through the points, with higher values further up', () => {
    const points = [
      { at: 0, value: 0 },
      { at: 500, value: 5 },
      { at: 1000, value: 10 },
    ]
    assert.equal(linePath(points, AREA), 'M0 50L50 25L100 0')
  })

  test('has gaps where there is nothing, and dots between two gaps', () => {
    const values = [1, null, 2, null, null, 3, 4]
    const points = values.map((value, index) => ({ at: index * 100, value }))
    assert.equal(linePath(points, AREA), 'M0 45h0M20 40h0M50 35L60 30')
    assert.equal(linePath([{ at: 0, value: null }], AREA), '')
  })

  test('stays below a round number', () => {
    const values = [0, 0.3, 1, 1.1, 4, 7, 10, 11, 999, Number.NaN]
    assert.deepEqual(values.map(niceMax), [1, 0.3, 1, 1.5, 4, 8, 10, 15, 1000, 1])
  })
})

describe('the expiry calendar', () => {
  const now = new Date(2026, 10, 24, 12)
  const at = (id: string, year: number, month: number, day: number) => ({
    id,
    notAfter: new Date(year, month, day, 18).getTime(),
  })
  const calendar = expiryCalendar(
    [
      at('next-year', 2027, 0, 31),
      at('this-month', 2026, 10, 30),
      at('gone', 2026, 10, 2),
      at('december', 2026, 11, 23),
      at('far', 2027, 10, 1),
      at('last-month', 2027, 9, 31),
    ],
    now,
  )

  test('puts first what is over or near, the longest ago first', () => {
    assert.deepEqual(
      calendar.urgent.map(({ id, daysLeft }) => [id, daysLeft]),
      [
        ['gone', -22],
        ['this-month', 6],
        ['december', 29],
      ],
    )
  })

  test('has the months ahead, empty ones too, and counts what is later', () => {
    assert.equal(calendar.months.length, 12)
    assert.deepEqual(
      calendar.months
        .filter(({ expiries }) => expiries.length > 0)
        .map(({ year, month, expiries }) => [year, month, ...expiries.map(({ id }) => id)]),
      [
        [2026, 10, 'this-month'],
        [2026, 11, 'december'],
        [2027, 0, 'next-year'],
        [2027, 9, 'last-month'],
      ],
    )
    assert.deepEqual(
      calendar.later.map(({ id }) => id),
      ['far'],
    )
  })
})
