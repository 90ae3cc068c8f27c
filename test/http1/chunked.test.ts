import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  contentOf,
  onlyRequest,
  onlyResponse,
  playRequests,
  refusesRequest,
  refusesResponse,
} from '../support/feed.ts'

const REQUEST = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
const RESPONSE = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

/** The content of a chunked body, the same in a request and in a response, to its last octet. */
function contentAs(body: string): string {
  const request = onlyRequest(REQUEST + body)
  const response = onlyResponse(RESPONSE + body)
  assert.deepEqual([request.body, response.body], [body, body])
  assert.equal(contentOf(request), contentOf(response))
  return contentOf(request)
}

function refuses(body: string): void {
  refusesRequest(REQUEST + body)
  refusesResponse(RESPONSE + body)
}

describe('RFC 9112 section 7.1: a chunked body', () => {
  it('is read chunk by chunk to the last one, of size 0', () => {
    assert.equal(contentAs('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'), 'hello world')
    assert.equal(contentAs('0\r\n\r\n'), '')
    assert.equal(contentAs('00000\r\n\r\n'), '')
  })

  it('has hexadecimal sizes in either letter case, with leading zeros or without', () => {
    assert.equal(
      contentAs(`a\r\n${'x'.repeat(10)}\r\nA\r\n${'y'.repeat(10)}\r\n0b\r\n${'z'.repeat(11)}\r\n0\r\n\r\n`)
        .length,
      31,
    )
    assert.equal(contentAs('0000000000001\r\nx\r\n0\r\n\r\n'), 'x')
  })

  it('is refused when a size is anything else', () => {
    for (const size of [
      '',
      ' 5',
      '5 ',
      '\t5',
      '0x5',
      '+5',
      '-5',
      '5h',
      'five',
      '5,5',
      '5\0',
      '5\x0b',
      '5\xa0',
      '５',
      '\n5',
      '\r\n5',
      '"5"',
      '5\r',
      '5:',
      '5 5',
    ])
      refuses(
        `${Buffer.from(size, size === '５' ? 'utf8' : 'latin1').toString('latin1')}\r\nhello\r\n0\r\n\r\n`,
      )
  })

  it('is refused when a size has more digits than a number is exact for', () => {
    for (const size of [
      'fffffffffffffff',
      '10000000000000005',
      '100000000000000000000000000000005',
      '00000000000005',
    ])
      refuses(`${size}\r\nhello\r\n0\r\n\r\n`)
    const { messages, rest } = playRequests(`${REQUEST}fffffffffffff\r\nhello`)
    assert.deepEqual([messages.length, rest], [0, 'waits'])
  })

  it('is refused when its data is longer than the size', () => {
    for (const body of [
      '4\r\nhello\r\n0\r\n\r\n',
      '5\r\nhello0\r\n\r\n',
      '5\r\nhello \r\n0\r\n\r\n',
      '5\r\nhello\n0\r\n\r\n',
      '5\r\nhello\r\r\n0\r\n\r\n',
      '5\r\nhello\r0\r\n\r\n',
      '5\r\nhello\n\r\n0\r\n\r\n',
    ])
      refuses(body)
    refuses('4\r\nhello')
    refuses('4\r\nhell\rx')
  })

  it('is refused when its data is shorter than the size and the rest is no chunk', () => {
    refuses('6\r\nhello\r\n0\r\n\r\n')
    refuses('7\r\nhello\r\n0\r\n\r\n')
  })

  it('is refused with a bare CR or a bare LF where a line ends', () => {
    for (const body of [
      '5\nhello\r\n0\r\n\r\n',
      '5\rhello\r\n0\r\n\r\n',
      '5\r\nhello\r\n0\n\r\n',
      '5\r\nhello\r\n0\r\n\n',
      '5\r\nhello\r\n0\r\nA: b\n\r\n',
      '5\r\r\nhello\r\n0\r\n\r\n',
    ])
      refuses(body)
  })

  it('is refused at once when a line of its trailer section ends with a bare LF', () => {
    refuses('0\r\n\n')
    refuses('0\r\nA: b\n')
  })

  it('waits for what is missing', () => {
    const body = '5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n'
    for (let length = 0; length < body.length; length += 1) {
      const { messages, rest } = playRequests(REQUEST + body.slice(0, length))
      assert.deepEqual([messages.length, rest], [0, 'waits'])
    }
  })
})

describe('RFC 9112 section 7.1.1: chunk extensions', () => {
  it('pass through as they came', () => {
    for (const extension of [
      ';a',
      ';a=b',
      ';a=b;c;d=e',
      ';a="b"',
      ';a=""',
      ';a="b;c=\\"d\\" \t\xff"',
      ";!#$%&'*+-.^_`|~=1",
      ';a="\\\\"',
    ])
      assert.equal(contentAs(`5${extension}\r\nhello\r\n0${extension}\r\n\r\n`), 'hello')
  })

  it('are refused when they break the grammar', () => {
    for (const extension of [
      ';',
      ';;',
      ';a;',
      ';=b',
      ';a=',
      ';a=;b',
      ';a=b c',
      ';a b',
      ' ;a',
      '; a',
      ';a =b',
      ';a= b',
      ';a="b',
      ';a="b"c',
      ';a="\\"',
      ';a="\0"',
      ';a="\r"',
      ';a=b\0',
      ';a=\xff',
      ':a',
      ';a,b',
      ';a="\x7f"',
    ])
      refuses(`5${extension}\r\nhello\r\n0\r\n\r\n`)
  })

  it('are refused when they hold a line end, quoted or not', () => {
    for (const extension of [';a\n', ';a="\n"', ';\n', '\n;a', ';a\rb', ';a="\\\n"', ';a="\r\n"'])
      refuses(`5${extension}\r\nhello\r\n0\r\n\r\n`)
  })

  it('are refused past 4096 octets a line', () => {
    const line = (length: number) => `1;a${'a'.repeat(length - 5)}\r\n`
    onlyRequest(`${REQUEST}${line(4096)}x\r\n0\r\n\r\n`)
    refusesRequest(`${REQUEST}${line(4097)}x\r\n0\r\n\r\n`)
    refusesRequest(`${REQUEST}1;${'a'.repeat(4096)}`)
  })
})

describe('RFC 9112 section 7.1.2: trailers', () => {
  it('pass through as they came', () => {
    assert.equal(contentAs('5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-Other:\t"a" \xff\r\n\r\n'), 'hello')
    assert.equal(contentAs('0\r\ngrpc-status: 0\r\ngrpc-message:\r\n\r\n'), '')
  })

  it('obey the rules of fields', () => {
    for (const trailer of [
      'A : b',
      ' A: b',
      'A: b\r\n c',
      'A',
      ': b',
      'A: b\0',
      'A: b\rC: d',
      'GET / HTTP/1.1',
      'A\x80: b',
    ])
      refuses(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`)
  })

  it('may not change framing or routing (RFC 9110 section 6.5.1)', () => {
    for (const trailer of [
      'Content-Length: 5',
      'transfer-encoding: chunked',
      'HOST: evil',
      'Connection: close',
    ])
      refuses(`5\r\nhello\r\n0\r\nA: b\r\n${trailer}\r\n\r\n`)
  })

  it('are refused past the limits of a head', () => {
    const limits = { headerBytes: 100, headerFields: 5 }
    onlyRequest(`${REQUEST}0\r\n${'A: b\r\n'.repeat(5)}\r\n`, limits)
    refusesRequest(`${REQUEST}0\r\n${'A: b\r\n'.repeat(6)}\r\n`, 'header_too_large', limits)
    const line = (length: number) => `A: ${'b'.repeat(length - 5)}\r\n`
    onlyRequest(`${REQUEST}0\r\n${line(50)}${line(48)}\r\n`, limits)
    refusesRequest(`${REQUEST}0\r\n${line(50)}${line(49)}\r\n`, 'header_too_large', limits)
    refusesRequest(`${REQUEST}0\r\nA: ${'b'.repeat(98)}`, 'header_too_large', limits)
    refusesResponse(`${RESPONSE}0\r\n${line(50)}${line(49)}\r\n`, 'GET', limits)
  })
})
