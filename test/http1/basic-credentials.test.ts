import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseBasicCredentials } from '../../src/http1/basic-credentials.ts'

function basic(text: string, encoding: BufferEncoding = 'utf8'): string {
  return `Basic ${Buffer.from(text, encoding).toString('base64')}`
}

describe('RFC 7617: the credentials of a runner', () => {
  it('are a name and a password, which may hold colons, or be empty', () => {
    assert.deepEqual(parseBasicCredentials(basic('a:b')), { user: 'a', password: 'b' })
    assert.deepEqual(parseBasicCredentials(basic('a:b:c')), { user: 'a', password: 'b:c' })
    assert.deepEqual(parseBasicCredentials(basic(':')), { user: '', password: '' })
    assert.deepEqual(parseBasicCredentials(basic('ab:c')), { user: 'ab', password: 'c' })
  })

  it('name their scheme in any case, with spaces behind it', () => {
    assert.deepEqual(parseBasicCredentials('bAsIc   YTpi'), { user: 'a', password: 'b' })
    for (const other of ['Bearer YTpi', 'BasicYTpi', 'Basic\tYTpi', ' Basic YTpi', 'xBasic YTpi', 'YTpi'])
      assert.equal(parseBasicCredentials(other), null, other)
  })

  it('are UTF-8, or latin1 where they are no UTF-8', () => {
    assert.deepEqual(parseBasicCredentials(basic('ü:ß')), { user: 'ü', password: 'ß' })
    assert.deepEqual(parseBasicCredentials(basic('ü:ß', 'latin1')), { user: 'ü', password: 'ß' })
  })

  it('are none without a colon, with a control character, or when their base64 is not to the letter', () => {
    for (const value of [
      ...[basic('ab'), basic('a\0:b'), basic('a:b\r\nX: y'), basic('a:\x7f'), 'Basic', 'Basic '],
      ...[
        'Basic YTpi=',
        'Basic YTpiYw',
        'Basic YTpiYx==',
        'Basic YT pi',
        'Basic YTpi ',
        'Basic YTp-',
        'Basic ====',
      ],
    ])
      assert.equal(parseBasicCredentials(value), null, value)
  })
})
