import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FIELD, hasToken, scanFields } from '../../src/http1/fields.ts'
import {
  fieldPairs,
  LIMITS,
  onlyRequest,
  onlyResponse,
  refusesRequest,
  refusesResponse,
} from '../support/feed.ts'

/** A field section in a request and in a response: the rules are the same. */
function refuses(fields: string): void {
  refusesRequest(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`)
  refusesResponse(`HTTP/1.1 204 No Content\r\nDate: x\r\n${fields}\r\n\r\n`)
}

function takes(fields: string): [string, string][] {
  const request = fieldPairs(onlyRequest(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`).head).slice(1)
  const response = fieldPairs(onlyResponse(`HTTP/1.1 204 No Content\r\n${fields}\r\n\r\n`).head)
  assert.deepEqual(request, response)
  return request
}

describe('RFC 9112 section 5: field lines', () => {
  it('are read as names and values, in order, repeated ones too', () => {
    assert.deepEqual(takes('Set-Cookie: a=1\r\nX-a: b\r\nset-cookie: c=2; d'), [
      ['Set-Cookie', 'a=1'],
      ['X-a', 'b'],
      ['set-cookie', 'c=2; d'],
    ])
  })

  it('that are refused are refused for what is wrong with them', () => {
    const faults: Record<string, RegExp> = {
      ' A: b\r\n': /folded/,
      '\tA: b\r\n': /folded/,
      ': b\r\n': /has no name/,
      'A : b\r\n': /White space stands between/,
      'A\r\n': /has no colon/,
      'A\n': /has no colon/,
      'A@: b\r\n': /name holds the octet 0x40$/,
      '@: b\r\n': /name holds the octet 0x40$/,
      'A\x0b: b\r\n': /name holds the octet 0x0b$/,
      'A: b\n': /bare LF/,
      'A: b\rc\r\n': /CR is not followed by LF/,
      'A: b\0\r\n': /control character/,
    }
    for (const [line, message] of Object.entries(faults))
      assert.throws(() => scanFields(line, 0, 10, 'bad_request'), { code: 'bad_request', message }, line)
  })

  it('that a proxy must understand are told apart', () => {
    assert.equal(new Set(Object.values(FIELD)).size, Object.keys(FIELD).length)
  })

  it('that a proxy must understand say nothing beside what they are for', () => {
    const read = (fields: string) => onlyRequest(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`).head
    assert.equal(read('TE: ntlm').authenticatesConnection, false)
    assert.equal(read('Proxy-Authorization: trailers').acceptsTrailers, false)
    assert.equal(read('Connection: Upgrade\r\nUpgrade: websocket').upgrade, 'websocket')
    assert.equal(read('Connection: Upgrade\r\nUpgrade: websocket').proxyAuthorization, null)
    assert.equal(read('Keep-Alive: close').close, false)
    const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    assert.equal(onlyRequest(chunked).head.nominated, null)
  })

  it('lose the white space around their value, and none within', () => {
    assert.deepEqual(takes('A:b\r\nC: \t d  e \t\r\nF:\r\nG:  \t '), [
      ['A', 'b'],
      ['C', 'd  e'],
      ['F', ''],
      ['G', ''],
    ])
  })

  it('may hold obs-text, colons and anything visible in their value', () => {
    const value = `${Buffer.from('grüße').toString('latin1')} \xff "a": (b) {c} \\ , ; = @`
    assert.deepEqual(takes(`X-Any: ${value}`), [['X-Any', value]])
  })

  it('may have any token as their name', () => {
    assert.deepEqual(takes("!#$%&'*+-.^_`|~09azAZ: x"), [["!#$%&'*+-.^_`|~09azAZ", 'x']])
  })

  it('are refused with white space before the colon (section 5.1)', () => {
    for (const field of ['A : b', 'A\t: b', 'Content-Length : 5', 'Transfer-Encoding\t: chunked'])
      refuses(field)
  })

  it('are refused when folded onto the next line (section 5.2)', () => {
    for (const fields of ['A: b\r\n c', 'A: b\r\n\tc: d', 'A:\r\n b', 'A: b\r\n ']) refuses(fields)
    refusesRequest('GET / HTTP/1.1\r\n Host: a\r\n\r\n')
    refusesResponse('HTTP/1.1 204 No Content\r\n Date: x\r\n\r\n')
  })

  it('are refused without a name or without a colon', () => {
    for (const field of [': b', ':', 'A', 'A b', 'A b: c', '=: a\r\nb', 'GET / HTTP/1.1']) refuses(field)
  })

  it('are refused when the name holds anything but token characters', () => {
    for (let octet = 0; octet < 256; octet += 1) {
      const character = String.fromCharCode(octet)
      if (/[!#$%&'*+\-.^_`|~0-9A-Za-z:]/.test(character)) continue
      refusesRequest(`GET / HTTP/1.1\r\nHost: a\r\nX${character}Y: b\r\n\r\n`)
    }
  })

  it('are refused when the value holds a control character (RFC 9110 section 5.5)', () => {
    for (let octet = 0; octet < 256; octet += 1) {
      const text = `GET / HTTP/1.1\r\nHost: a\r\nX: a${String.fromCharCode(octet)}b\r\n\r\n`
      if ((octet < 0x20 && octet !== 0x09) || octet === 0x7f) refusesRequest(text)
      else onlyRequest(text)
    }
  })

  it('are refused when they end with a bare LF or a bare CR (section 2.2)', () => {
    for (const fields of [
      'A: b\nC: d',
      'A: b\rC: d',
      'A: b\r\r',
      'A: b\n',
      '\nA: b',
      '\rA: b',
      'A\n: b',
      'A\r: b',
      'A:\nb',
    ])
      refuses(fields)
    refusesRequest('GET / HTTP/1.1\nHost: a\n\n')
    refusesRequest('GET / HTTP/1.1\r\nHost: a\n\r\n')
    refusesRequest('GET / HTTP/1.1\r\nHost: a\r\n\n')
    refusesResponse('HTTP/1.1 204 No Content\r\nDate: x\r\n\n')
  })

  it('are too many past the limit, and not before', () => {
    const limits = { ...LIMITS, headerFields: 5 }
    const fields = 'A: b\r\n'.repeat(4)
    onlyRequest(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`, limits)
    refusesRequest(`GET / HTTP/1.1\r\nHost: a\r\n${fields}C:\r\n\r\n`, 'header_too_large', limits)
    onlyResponse(`HTTP/1.1 204 No Content\r\nDate:\r\n${fields}\r\n`, 'GET', limits)
    refusesResponse(`HTTP/1.1 204 No Content\r\nDate:\r\nDate:\r\n${fields}\r\n`, 'GET', limits)
  })

  it('are refused with one code when they are too many and malformed', () => {
    const limits = { ...LIMITS, headerFields: 2 }
    refusesRequest(
      `GET / HTTP/1.1\r\nHost: a\r\n${'A: b\r\n'.repeat(4)}C: d\n\r\n\r\n`,
      'bad_request',
      limits,
    )
  })
})

describe('fields that mean something in requests only', () => {
  it('pass through in a response, however often they come', () => {
    onlyResponse('HTTP/1.1 204 No Content\r\nHost: a\r\nHost: b\r\nExpect: c\r\nTE: d\r\n\r\n')
  })
})

describe('RFC 9110 section 5.6.1: lists', () => {
  it('are searched for whole members, in any letter case, with empty members skipped', () => {
    assert.equal(hasToken('Keep-Alive, Upgrade', 'upgrade'), true)
    assert.equal(hasToken(' ,\t, CLOSE ,', 'close'), true)
    assert.equal(hasToken('closed', 'close'), false)
    assert.equal(hasToken('not close', 'close'), false)
    assert.equal(hasToken('', 'close'), false)
  })

  it('are separated by SP and HTAB only: other octets that Unicode calls white space belong to a member', () => {
    assert.equal(hasToken('close\xa0', 'close'), false)
    const { head } = onlyRequest('GET / HTTP/1.1\r\nHost: a\r\nConnection: \xa0close, \xa0x-a\r\n\r\n')
    assert.equal(head.close, false)
  })
})
