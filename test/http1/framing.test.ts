import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { responseBody, UNTIL_CLOSE } from '../../src/http1/body.ts'
import {
  contentOf,
  LIMITS,
  onlyRequest,
  onlyResponse,
  playRequests,
  playResponses,
  refusesRequest,
  refusesResponse,
} from '../support/feed.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'X-ANY']
const NEXT = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n'

/** Asserts that `request` is a message of its own and that the next one is seen just behind it. */
function endsBefore(request: string): void {
  const { messages, rest } = playRequests(request + NEXT)
  assert.deepEqual(
    [messages.map(({ start, end }) => [start, end]), rest, messages[1]?.head.target],
    [
      [
        [0, request.length],
        [request.length, request.length + NEXT.length],
      ],
      'none',
      '/next',
    ],
  )
}

function requestWith(fields: string, body = '', method = 'POST', version = '1.1'): string {
  return `${method} / HTTP/${version}\r\nHost: a\r\n${fields}\r\n${body}`
}

function responseWith(fields: string, body = '', status = '200 OK', version = '1.1'): string {
  return `HTTP/${version} ${status}\r\n${fields}\r\n${body}`
}

describe('RFC 9112 section 6: the body of a request', () => {
  it('is there only when Content-Length or Transfer-Encoding says so, whatever the method', () => {
    for (const method of METHODS) endsBefore(requestWith('', '', method))
  })

  it('has the octets that Content-Length counts, whatever the method', () => {
    for (const method of METHODS) {
      endsBefore(requestWith('Content-Length: 0\r\n', '', method))
      endsBefore(requestWith('Content-Length: 35\r\n', 'GET /smuggled HTTP/1.1\r\nHost: b\r\n\r\n', method))
    }
  })

  it('ends with its last chunk, whatever the method: a chunked DELETE carries no second request', () => {
    for (const method of METHODS) {
      const body = '23\r\nGET /smuggled HTTP/1.1\r\nHost: b\r\n\r\n\r\n0\r\n\r\n'
      endsBefore(requestWith('Transfer-Encoding: chunked\r\n', body, method))
      endsBefore(requestWith('Transfer-Encoding: chunked\r\n', '0\r\n\r\n', method))
    }
  })

  it('may hold any octets', () => {
    const octets = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet))
    assert.equal(onlyRequest(requestWith('Content-Length: 256\r\n', octets)).body, octets)
    const chunked = onlyRequest(
      requestWith('Transfer-Encoding: chunked\r\n', `100\r\n${octets}\r\n0\r\n\r\n`),
    )
    assert.equal(contentOf(chunked), octets)
  })

  it('is waited for while octets are missing', () => {
    assert.equal(playRequests(requestWith('Content-Length: 5\r\n', 'abcd')).rest, 'waits')
    assert.equal(playRequests(requestWith('Content-Length: 1\r\n')).rest, 'waits')
    assert.equal(playRequests(requestWith('Transfer-Encoding: chunked\r\n')).rest, 'waits')
  })

  it('is framed by HTTP/1.0 with Content-Length alone', () => {
    const fields = 'Connection: keep-alive\r\nContent-Length: 3\r\n'
    endsBefore(requestWith(fields, 'abc', 'POST', '1.0'))
    refusesRequest(requestWith('Transfer-Encoding: chunked\r\n', '0\r\n\r\n', 'POST', '1.0'))
  })

  it('of CONNECT does not exist: what follows is the tunnel', () => {
    const { messages, rest } = playRequests(
      'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 5\r\n\r\nhello',
    )
    assert.deepEqual([messages.length, rest], [1, 'tunnel'])
  })
})

describe('RFC 9112 section 6.1: Transfer-Encoding', () => {
  it('may be written in any letter case and with white space around it', () => {
    for (const value of ['chunked', 'Chunked', 'CHUNKED', '  chunked \t', '\tchunked']) {
      endsBefore(requestWith(`tRANSFER-eNCODING:${value}\r\n`, '1\r\na\r\n0\r\n\r\n'))
    }
  })

  it('is refused in a request unless it ends with chunked, since the body would have no end', () => {
    for (const value of [
      'gzip',
      'identity',
      '',
      'chunked, gzip',
      'chunked, identity',
      'xchunked',
      'chunkedx',
      'chunked;q=1',
      '"chunked"',
      'chunked chunked',
      'chunked\xa0',
      'chunked,',
      'ch\xc3\xbcnked',
      'chunk',
      'CHUNKED,',
    ]) {
      refusesRequest(requestWith(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'))
    }
  })

  it('is refused when it names chunked twice', () => {
    refusesRequest(requestWith('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'))
    refusesRequest(requestWith('Transfer-Encoding: chunked, gzip, chunked\r\n', '0\r\n\r\n'))
  })

  it('is not implemented for codings before chunked', () => {
    for (const value of [
      'gzip, chunked',
      'GZIP,Chunked',
      'deflate , chunked',
      'x-any;a=b, chunked',
      'identity, chunked',
      ', chunked',
    ]) {
      refusesRequest(requestWith(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'), 'not_implemented')
    }
  })

  it('is refused in more than one line', () => {
    refusesRequest(requestWith('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'))
    refusesRequest(requestWith('Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'))
    refusesRequest(requestWith('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'))
    refusesResponse(responseWith('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'))
  })

  it('is refused beside Content-Length, in either order', () => {
    for (const length of ['0', '5', '6']) {
      const [te, cl] = ['Transfer-Encoding: chunked\r\n', `Content-Length: ${length}\r\n`]
      for (const fields of [te + cl, cl + te]) {
        refusesRequest(requestWith(fields, '0\r\n\r\n'))
        refusesResponse(responseWith(fields, '0\r\n\r\n'))
      }
    }
  })

  it('is refused in a response unless it is chunked and nothing else', () => {
    for (const value of [
      'gzip',
      'identity',
      '',
      'gzip, chunked',
      'chunked, gzip',
      'chunked, chunked',
      'chunked;a=b',
      'chunked\xa0',
      ', chunked',
    ]) {
      refusesResponse(responseWith(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'))
    }
    refusesResponse(responseWith('Transfer-Encoding: chunked\r\n', '0\r\n\r\n', '200 OK', '1.0'))
  })
})

describe('RFC 9112 section 6.2: Content-Length', () => {
  it('is a decimal number, leading zeros or not', () => {
    for (const value of ['3', '03', '00000000000000000003', ' 3\t']) {
      endsBefore(requestWith(`Content-Length:${value}\r\n`, 'abc'))
      assert.equal(onlyResponse(responseWith(`Content-Length:${value}\r\n`, 'abc')).body, 'abc')
    }
  })

  it('is refused when it is anything else', () => {
    for (const value of [
      '',
      '-1',
      '+3',
      '3.0',
      '3e0',
      '0x3',
      '3 3',
      '3,3',
      '3, 3',
      '3,',
      ',3',
      '3;a',
      '"3"',
      '٣',
      '\xb2',
      'a',
      '3\xa0',
      '1 0',
      '9007199254740992',
      '18446744073709551619',
      '340282366920938463463374607431768211459',
    ]) {
      const field = `Content-Length: ${Buffer.from(value, /[^\x00-\xff]/.test(value) ? 'utf8' : 'latin1').toString('latin1')}\r\n`
      refusesRequest(requestWith(field, 'abc'))
      refusesResponse(responseWith(field, 'abc'))
    }
  })

  it('is refused in more than one line, even when they agree', () => {
    for (const fields of [
      'Content-Length: 3\r\nContent-Length: 4\r\n',
      'Content-Length: 3\r\ncontent-length: 3\r\n',
    ]) {
      refusesRequest(requestWith(fields, 'abc'))
      refusesResponse(responseWith(fields, 'abc'))
    }
  })

  it('may be as large as numbers are exact', () => {
    const { messages, rest } = playRequests(requestWith('Content-Length: 9007199254740991\r\n', 'abc'))
    assert.deepEqual([messages.length, rest], [0, 'waits'])
  })
})

describe('RFC 9112 section 6.3: the body of a response', () => {
  it('is missing from answers to HEAD and from 1xx, 204 and 304, whatever their fields say', () => {
    for (const fields of ['', 'Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n']) {
      assert.equal(onlyResponse(responseWith(fields), 'HEAD').body, '')
      assert.equal(onlyResponse(responseWith(fields, '', '204 No Content')).body, '')
      assert.equal(onlyResponse(responseWith(fields, '', '304 Not Modified')).body, '')
    }
  })

  it('has the octets that Content-Length counts', () => {
    assert.equal(onlyResponse(responseWith('Content-Length: 5\r\n', 'hello')).body, 'hello')
    assert.equal(onlyResponse(responseWith('Content-Length: 0\r\n')).body, '')
  })

  it('ends with its last chunk', () => {
    const response = onlyResponse(responseWith('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'))
    assert.equal(contentOf(response), 'hello')
  })

  it('ends with the connection when neither field is there', () => {
    assert.equal(onlyResponse(responseWith('', 'until the end')).body, 'until the end')
    assert.equal(onlyResponse(responseWith('', '', '200 OK', '1.0')).body, '')
    const { head } = onlyResponse(responseWith('', ''))
    assert.equal(responseBody(head, 'GET', LIMITS), UNTIL_CLOSE)
  })

  it('is waited for while octets are missing, and a closed connection does not end it', () => {
    assert.equal(playResponses(responseWith('Content-Length: 5\r\n', 'hell')).rest, 'waits')
    assert.equal(
      playResponses(responseWith('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n')).rest,
      'waits',
    )
  })

  it('is followed by nothing that was not asked for', () => {
    const response = responseWith('Content-Length: 2\r\n', 'ok')
    const { messages, rest } = playResponses(`${response}HTTP/1.1 200 OK\r\n\r\n`)
    assert.deepEqual([messages.map(({ end }) => end), rest], [[response.length], 'surplus'])
  })

  it('comes after any number of interim responses, which have none', () => {
    const interim =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n'
    const { messages, rest } = playResponses(`${interim}${responseWith('Content-Length: 2\r\n', 'ok')}`)
    assert.deepEqual(
      messages.map(({ head, body }) => [head.status, body]),
      [
        [100, ''],
        [103, ''],
        [200, 'ok'],
      ],
    )
    assert.equal(rest, 'none')
  })

  it('is the tunnel after 101', () => {
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n'
    const { messages, rest } = playResponses(responseWith(upgrade, '\x81\x00', '101 Switching Protocols'))
    assert.deepEqual([messages[0]?.head.upgrade, messages[0]?.body, rest], ['websocket', '', 'tunnel'])
  })

  it('belongs to the request that comes next in the order of requests', () => {
    const answers = [
      responseWith('Content-Length: 3\r\n', 'one'),
      responseWith('Content-Length: 5\r\n'),
      responseWith('Transfer-Encoding: chunked\r\n', '5\r\nthree\r\n0\r\n\r\n'),
    ]
    const { messages, rest } = playResponses(answers.join(''), ['GET', 'HEAD', 'POST'])
    assert.deepEqual(messages.map(contentOf), ['one', '', 'three'])
    assert.equal(rest, 'none')
  })

  it('is told as data, without the chunked coding, to whoever must decode it', () => {
    const { head } = onlyResponse(responseWith('Transfer-Encoding: chunked\r\n', '0\r\n\r\n'))
    for (const cut of [1, 4, 5, 9, 20]) {
      let data = ''
      const body = responseBody(head, 'GET', LIMITS, (bytes, start, end) => {
        data += bytes.toString('latin1', start, end)
      })
      const bytes = Buffer.from('xx5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\nrest')
      assert.equal(body.scan(bytes.subarray(0, 2 + cut), 2), 2 + cut)
      assert.equal(body.scan(bytes.subarray(2 + cut), 0), bytes.length - 2 - cut - 'rest'.length)
      assert.deepEqual([data, body.done], ['hello world', true])
    }
  })
})

describe('RFC 9112 section 9.3: the connection', () => {
  const closes = (fields: string, version: string) =>
    onlyRequest(requestWith(fields, '', 'GET', version)).head.close

  it('goes on after HTTP/1.1 unless Connection says close', () => {
    assert.equal(closes('', '1.1'), false)
    assert.equal(closes('Connection: keep-alive\r\n', '1.1'), false)
    for (const value of ['close', 'CLOSE', 'foo, close', 'close,foo', 'foo\t,\tClose ', 'keep-alive, close'])
      assert.equal(closes(`Connection: ${value}\r\n`, '1.1'), true)
    assert.equal(closes('Connection: foo\r\nConnection: close\r\n', '1.1'), true)
    for (const value of ['closed', 'not close', 'c lose', '"close"'])
      assert.equal(closes(`Connection: ${value}\r\n`, '1.1'), false)
  })

  it('ends after HTTP/1.0 unless Connection says keep-alive', () => {
    assert.equal(closes('', '1.0'), true)
    assert.equal(closes('Connection: Keep-Alive\r\n', '1.0'), false)
    assert.equal(closes('Connection: keep-alive, close\r\n', '1.0'), true)
    assert.equal(closes('Proxy-Connection: keep-alive\r\n', '1.0'), true)
  })

  it('ends after a response by the same rules', () => {
    const closes = (text: string) => onlyResponse(text).head.close
    assert.equal(closes(responseWith('Content-Length: 0\r\n')), false)
    assert.equal(closes(responseWith('Content-Length: 0\r\nConnection: close\r\n')), true)
    assert.equal(closes(responseWith('Content-Length: 0\r\n', '', '200 OK', '1.0')), true)
    assert.equal(
      closes(responseWith('Content-Length: 0\r\nConnection: keep-alive\r\n', '', '200 OK', '1.0')),
      false,
    )
  })

  it('takes no request after one that closes it', () => {
    const { messages, rest } = playRequests(requestWith('Connection: close\r\n') + NEXT)
    assert.deepEqual([messages.length, rest], [1, 'closed'])
  })
})
