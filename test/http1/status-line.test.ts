import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findResponseHeadEnd } from '../../src/http1/head-end.ts'
import { writeResponseHead } from '../../src/http1/rewrite.ts'
import { LIMITS, onlyResponse, playResponses, refusesResponse } from '../support/feed.ts'

const END = 'Content-Length: 0\r\n\r\n'

describe('RFC 9112 section 4: the status line', () => {
  it('is read into version and status', () => {
    const { head } = onlyResponse(`HTTP/1.1 404 Not Found\r\n${END}`)
    assert.deepEqual([head.status, head.minorVersion], [404, 1])
    assert.equal(onlyResponse(`HTTP/1.0 200 OK\r\n${END}`).head.minorVersion, 0)
  })

  it('may have any reason, an empty one, or none', () => {
    for (const line of [
      '200 ',
      '200',
      '200 Tout va tr\xe8s bien',
      '200 a\tb  c',
      '200 : "/"',
      '299 200 OK',
    ]) {
      const { head } = onlyResponse(`HTTP/1.1 ${line}\r\n${END}`)
      assert.equal(head.text.slice(0, head.fieldsStart), `HTTP/1.1 ${line}\r\n`)
    }
  })

  it('passes a status above 599 on as it came', () => {
    assert.equal(onlyResponse(`HTTP/1.1 999 Request denied\r\n${END}`).head.status, 999)
    assert.equal(onlyResponse(`HTTP/1.1 600 \r\n${END}`).head.status, 600)
  })

  it('is refused unless the status is three digits', () => {
    for (const status of [
      '20',
      '2000',
      '099',
      '000',
      '2x0',
      '-200',
      '+200',
      '0x1',
      ' 200',
      '',
      '20 0',
      '２00',
      '200OK',
    ]) {
      refusesResponse(`HTTP/1.1 ${status}\r\n${END}`)
      refusesResponse(`HTTP/1.1 ${status} OK\r\n${END}`)
    }
  })

  it('is refused for versions other than 1.1 and 1.0', () => {
    for (const version of [
      'HTTP/2',
      'HTTP/2.0',
      'HTTP/1.2',
      'HTTP/0.9',
      'http/1.1',
      'HTTP/1.1\t',
      'HTTP/1.1 ',
      'ICY',
      'HTTP/1',
    ]) {
      refusesResponse(`${version} 200 OK\r\n${END}`)
    }
  })

  it('is refused when its reason holds control characters or ends with a bare CR or LF', () => {
    for (const reason of ['O\0K', 'O\x1bK', 'O\x7fK', 'O\rK', 'OK\r'])
      refusesResponse(`HTTP/1.1 200 ${reason}\r\n${END}`)
    refusesResponse(`HTTP/1.1 200 OK\n${END}`)
    refusesResponse(`HTTP/1.1 200\n${END}`)
  })

  it('must be the first octets of a response: nothing is skipped before it', () => {
    for (const start of ['\r\n', '\n', ' ', 'x', '\0', 'HTTP/2', '<html>', 'SSH-2.0-x\r\n', '\x15\x03\x01'])
      refusesResponse(`${start}HTTP/1.1 200 OK\r\n${END}`)
  })

  it('is refused as soon as it can no longer become a status line', () => {
    for (const start of ['X', 'HTTQ', 'HTTP/1.1 200 OK\n', 'HTTP/2']) refusesResponse(start)
    for (const start of ['H', 'HTTP/1.', 'HTTP/1.1 20', 'HTTP/1.1 200 OK\r\nA: b\r\n']) {
      assert.deepEqual(playResponses(start), { messages: [], rest: 'waits' })
    }
  })

  it('belongs to a head that has a longest length', () => {
    const text = `HTTP/1.1 200 OK\r\n${END}`
    onlyResponse(text, 'GET', { ...LIMITS, headerBytes: text.length })
    refusesResponse(text, 'GET', { ...LIMITS, headerBytes: text.length - 1 })
    refusesResponse('HTTP/1.1 200 OK'.padEnd(101, 'K'), 'GET', { ...LIMITS, headerBytes: 100 })
  })

  it('says HTTP/1.1 to the runner, whatever the server said: a proxy sends its own version (section 2.3)', () => {
    const { head } = onlyResponse(`HTTP/1.0 200 OK\r\n${END}`)
    const rewrite = { connection: null, decoded: false, via: null }
    assert.equal(writeResponseHead(head, rewrite), `HTTP/1.1 200 OK\r\n${END}`)
  })

  it('has the limit of its head for itself, and waits up to it', () => {
    const text = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n'
    const before = 'x'.repeat(100)
    const end = before.length + text.length
    assert.equal(findResponseHeadEnd(Buffer.from(before + text), before.length, text.length), end)
    const start = text.slice(0, -4)
    assert.equal(findResponseHeadEnd(Buffer.from(before + start), before.length, text.length), -1)
    assert.equal(findResponseHeadEnd(Buffer.from(start), 0, start.length), -1)
    assert.throws(() => findResponseHeadEnd(Buffer.from(start), 0, start.length - 1), {
      code: 'bad_response',
    })
  })
})
