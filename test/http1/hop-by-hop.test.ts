import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type RequestRewrite,
  type ResponseRewrite,
  writeRequestHead,
  writeResponseHead,
} from '../../src/http1/rewrite.ts'
import { onlyRequest, onlyResponse } from '../support/feed.ts'

/** The field lines that reach the server when a runner sends `fields` behind `Host: a`. */
function sent(fields: string, rewrite: Partial<RequestRewrite> = {}): string {
  return sentWith(fields, '', rewrite)
}

function sentWith(fields: string, body: string, rewrite: Partial<RequestRewrite> = {}): string {
  const { head } = onlyRequest(`GET http://b.test/x HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`)
  const written = writeRequestHead(head, {
    target: '/x',
    host: null,
    upgrade: false,
    close: false,
    via: null,
    proxyAuthorization: null,
    ...rewrite,
  })
  const start = 'GET /x HTTP/1.1\r\nHost: a\r\n'
  assert.ok(written.startsWith(start) && written.endsWith('\r\n\r\n'), written)
  return written.slice(start.length, -2)
}

/** The field lines that reach the runner when a server answers with `fields`. */
function answered(fields: string, rewrite: Partial<ResponseRewrite> = {}, status = '204 No Content'): string {
  const { head } = onlyResponse(`HTTP/1.1 ${status}\r\n${fields}\r\n`)
  const written = writeResponseHead(head, { connection: null, decoded: false, via: null, ...rewrite })
  const start = `HTTP/1.1 ${status}\r\n`
  assert.ok(written.startsWith(start) && written.endsWith('\r\n\r\n'), written)
  return written.slice(start.length, -2)
}

describe('RFC 9110 section 7.6.1: a request on its way to the server', () => {
  it('is every octet that the runner sent, but for the request line', () => {
    const fields =
      'X-b:c\r\nx-B:  d\t\r\nEMPTY:\r\nCookie: a=1; b=2\r\nCookie: c=\xff\r\nAuthorization: Basic eDp5\r\nTrailer: X-Sum\r\nVia: 1.1 x\r\n'
    assert.equal(sent(fields), fields)
  })

  it('loses the fields that are for this hop only', () => {
    assert.equal(
      sent(
        'A: 1\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nB: 2\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nUpgrade: h2c\r\nTE: gzip\r\nProxy-Authenticate: Basic\r\nC: 3\r\n',
      ),
      'A: 1\r\nB: 2\r\nC: 3\r\n',
    )
  })

  it('loses the fields that Connection nominates, in any letter case, wherever they stand', () => {
    assert.equal(
      sent(
        'x-ONE: 1\r\nA: 1\r\nConnection: X-One, ,x-two\r\nconnection:\tX-Three\r\nX-Two: 2\r\nX-Two: 3\r\nx-three: 4\r\nX-Threes: 5\r\n',
      ),
      'A: 1\r\nX-Threes: 5\r\n',
    )
  })

  it('keeps what Connection must not nominate: framing and Host', () => {
    const fields = 'Content-Length: 0\r\n'
    assert.equal(sent(`Connection: Content-Length, Host, Transfer-Encoding\r\n${fields}`), fields)
  })

  it('loses the settings of an HTTP/2 upgrade, which Connection nominates', () => {
    assert.equal(
      sent('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
      '',
    )
  })

  it('says of trailers that they are accepted, in a TE and a Connection of its own', () => {
    const ours = 'TE: trailers\r\nConnection: TE\r\n'
    for (const te of ['trailers', 'Trailers', 'gzip, trailers', 'gzip;q=0.5,trailers', 'trailers, deflate'])
      assert.equal(sent(`TE: ${te}\r\nConnection: TE\r\n`), ours)
    assert.equal(sent('TE: gzip\r\nte: trailers\r\n'), ours)
    for (const te of ['gzip', 'x-trailers', 'trailersx', ''])
      assert.equal(sent(`TE: ${te}\r\nConnection: TE\r\n`), '')
  })

  it('keeps Upgrade only when it is passed on', () => {
    const fields = 'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    assert.equal(
      sent(fields, { upgrade: true }),
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nConnection: Upgrade\r\n',
    )
    assert.equal(sent(fields), 'Sec-WebSocket-Version: 13\r\n')
  })

  it('can be told to close, to upgrade and to accept trailers in one Connection field', () => {
    const fields = 'Connection: Upgrade, close\r\nUpgrade: x\r\nTE: trailers\r\n'
    assert.equal(
      sent(fields, { upgrade: true, close: true }),
      'Upgrade: x\r\nTE: trailers\r\nConnection: close, Upgrade, TE\r\n',
    )
  })

  it('gets a Via member when it should, behind those that it has', () => {
    assert.equal(sent('Via: 1.1 a\r\n', { via: '1.1 certhop' }), 'Via: 1.1 a\r\nVia: 1.1 certhop\r\n')
  })

  it('gets the credentials for a proxy on its way in place of those that the runner sent to this one', () => {
    assert.equal(
      sent('Proxy-Authorization: Basic own\r\nA: 1\r\n', { proxyAuthorization: 'Basic next' }),
      'A: 1\r\nProxy-Authorization: Basic next\r\n',
    )
  })

  it('gets the Host of its target where the runner had written one, and in front where it had none', () => {
    const rewrite = {
      target: '/',
      host: 'b.test:81',
      upgrade: false,
      close: false,
      via: null,
      proxyAuthorization: null,
    }
    const withHost = onlyRequest('GET http://b.test:81/ HTTP/1.1\r\nA: 1\r\nhOST:evil\r\nB: 2\r\n\r\n').head
    assert.equal(
      writeRequestHead(withHost, rewrite),
      'GET / HTTP/1.1\r\nA: 1\r\nhOST: b.test:81\r\nB: 2\r\n\r\n',
    )
    const without = onlyRequest('GET http://b.test:81/ HTTP/1.0\r\nA: 1\r\n\r\n').head
    assert.equal(writeRequestHead(without, rewrite), 'GET / HTTP/1.1\r\nHost: b.test:81\r\nA: 1\r\n\r\n')
    const bare = onlyRequest('GET http://b.test:81/ HTTP/1.0\r\n\r\n').head
    assert.equal(writeRequestHead(bare, rewrite), 'GET / HTTP/1.1\r\nHost: b.test:81\r\n\r\n')
  })

  it('keeps the Host that is nominated by Connection', () => {
    assert.equal(sent('Connection: host\r\n'), '')
  })
})

describe('RFC 9110 section 7.6.1: a response on its way to the runner', () => {
  it('is every octet that the server sent', () => {
    const fields =
      'Date: x\r\nSet-Cookie: a=1\r\nset-cookie:b=2 \r\nX:\r\nWWW-Authenticate: Basic\r\nTrailer: X\r\nVia: 1.1 y\r\n'
    assert.equal(answered(fields), fields)
  })

  it('loses the fields that are for this hop only, and those that Connection nominates', () => {
    assert.equal(
      answered(
        'A: 1\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-hop: 1\r\nProxy-Connection: close\r\nUpgrade: h2,h2c\r\nProxy-Authenticate: Basic\r\nB: 2\r\n',
      ),
      'A: 1\r\nB: 2\r\n',
    )
  })

  it('says what becomes of the connection to the runner, not to the server', () => {
    assert.equal(
      answered('Connection: close\r\n', { connection: 'keep-alive' }),
      'Connection: keep-alive\r\n',
    )
    assert.equal(answered('Connection: keep-alive\r\n', { connection: 'close' }), 'Connection: close\r\n')
  })

  it('keeps its upgrade when the server switches protocols', () => {
    const fields = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n'
    assert.equal(
      answered(fields, { connection: 'close' }, '101 Switching Protocols'),
      'Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\nConnection: Upgrade\r\n',
    )
  })

  it('loses its framing fields when the body is decoded', () => {
    const fields = 'A: 1\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\nB: 2\r\n'
    assert.equal(
      answered(fields, { decoded: true, connection: 'close' }),
      'A: 1\r\nB: 2\r\nConnection: close\r\n',
    )
    assert.equal(answered(fields), fields)
    assert.equal(answered('A: 1\r\nTransfer-Encoding:  CHUNKED\r\n', { decoded: true }), 'A: 1\r\n')
  })

  it('gets a Via member when it should', () => {
    assert.equal(answered('A: 1\r\n', { via: '1.1 certhop' }), 'A: 1\r\nVia: 1.1 certhop\r\n')
  })
})

describe('framing on its way', () => {
  it('is said in the one way that every recipient understands, whatever way it came', () => {
    for (const value of ['chunked', ' chunked\t', '\tCHUNKED', '  Chunked '])
      for (const line of [`A: 1\r\nTransfer-Encoding:${value}\r\nB: 2\r\n`])
        for (const written of [sentWith(line, '0\r\n\r\n'), answered(line)])
          assert.equal(written, 'A: 1\r\nTransfer-Encoding: chunked\r\nB: 2\r\n')
    for (const value of ['2', ' 2\t', ' 002', '\t2'])
      for (const written of [
        sentWith(`content-length:${value}\r\n`, 'ok'),
        answered(`content-length:${value}\r\n`),
      ])
        assert.equal(written, 'content-length: 2\r\n')
  })
})

describe('what a head says of its connection', () => {
  const request = (fields: string, version = '1.1') =>
    onlyRequest(`GET / HTTP/${version}\r\nHost: a\r\n${fields}\r\n`).head
  const response = (fields: string) =>
    onlyResponse(`HTTP/1.1 401 No\r\nContent-Length: 0\r\n${fields}\r\n`).head

  it('is an upgrade only when Connection names it, and not in HTTP/1.0 (section 7.8)', () => {
    assert.equal(request('Upgrade: websocket\r\nConnection: upgrade\r\n').upgrade, 'websocket')
    assert.equal(
      request('Connection: keep-alive, Upgrade\r\nUpgrade: a/1\r\nUpgrade: b\r\n').upgrade,
      'a/1, b',
    )
    assert.equal(request('Upgrade: websocket\r\n').upgrade, null)
    assert.equal(request('Connection: upgrade\r\n').upgrade, null)
    assert.equal(request('Upgrade: websocket\r\nConnection: upgrade\r\n', '1.0').upgrade, null)
    assert.equal(response('Upgrade: websocket\r\n').upgrade, null)
  })

  it('is that NTLM or Negotiate authenticate it, wherever they stand in a list of challenges', () => {
    for (const value of [
      'NTLM',
      'ntlm TlRM',
      'Negotiate',
      'negotiate abc=',
      'NTLM, Basic realm="x"',
      'Basic realm="x", Negotiate',
      'Basic,ntlm',
    ])
      assert.equal(response(`WWW-Authenticate: ${value}\r\n`).authenticatesConnection, true, value)
    assert.equal(
      response('WWW-Authenticate: Basic\r\nWWW-Authenticate: NTLM\r\n').authenticatesConnection,
      true,
    )
    assert.equal(request('Authorization: NTLM TlRM\r\n').authenticatesConnection, true)
    for (const value of ['Basic eDp5', 'Bearer ntlm', 'NTLMx', 'Digest username="ntlm"'])
      assert.equal(request(`Authorization: ${value}\r\n`).authenticatesConnection, false, value)
    assert.equal(request('Trailer: Negotiate\r\n').authenticatesConnection, false)
  })

  it('are kept for the proxy itself as they came, or joined to what is none when they came twice', () => {
    assert.equal(request('A: b\r\n').proxyAuthorization, null)
    assert.equal(request('Proxy-Authorization: Basic YTpi\r\n').proxyAuthorization, 'Basic YTpi')
    assert.equal(request('Proxy-Authorization: a\r\nproxy-authorization: b\r\n').proxyAuthorization, 'a, b')
  })
})
