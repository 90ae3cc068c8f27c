import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseDuration, parseSize } from '../../src/core/units.ts'

describe('a duration', () => {
  it('is a whole number with a unit, in milliseconds', () => {
    assert.deepEqual(
      ['250ms', '30s', '5m', '1h', '2d', '0s', '007s'].map(parseDuration),
      [250, 30_000, 300_000, 3_600_000, 172_800_000, 0, 7000],
    )
  })

  it('is none without a unit, with another unit, a fraction, a sign or white space', () => {
    for (const text of [
      '',
      '30',
      's',
      '30 s',
      ' 30s',
      '30s ',
      '30s\n',
      '30S',
      '1.5s',
      '-1s',
      '+1s',
      '1e3s',
      '1m30s',
      '30sec',
      '30KiB',
      '1y',
      '٣s',
      '1234567890s',
    ])
      assert.equal(parseDuration(text), null, text)
  })

  it('is the number times the unit', () => {
    const unit = fc.constantFrom(['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000], [
      'd',
      86_400_000,
    ] as const)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), unit, (number, [name, milliseconds]) => {
        assert.equal(parseDuration(`${number}${name}`), number * Number(milliseconds))
      }),
    )
  })
})

describe('a size', () => {
  it('is a whole number with a unit, in bytes', () => {
    assert.deepEqual(
      ['512B', '64KiB', '1MiB', '2GiB', '0B'].map(parseSize),
      [512, 65_536, 1_048_576, 2_147_483_648, 0],
    )
  })

  it('is none without a unit, with a decimal unit, a fraction or white space', () => {
    for (const text of [
      '',
      '64',
      'KiB',
      '64 KiB',
      '64kib',
      '64KB',
      '64K',
      '64k',
      '1.5MiB',
      '-1B',
      '64s',
      '1TiB',
    ])
      assert.equal(parseSize(text), null, text)
  })
})

it('no text makes a unit of what objects inherit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99 }),
      fc.string({ unit: fc.constantFrom(...'abcdefghiKMGBstruov_'), maxLength: 3 }),
      (number, unit) => {
        for (const parsed of [parseDuration(`${number}${unit}`), parseSize(`${number}${unit}`)])
          assert.ok(parsed === null || Number.isSafeInteger(parsed))
      },
    ),
  )
})
