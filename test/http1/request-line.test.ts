import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findRequestHeadEnd } from '../../src/http1/head-end.ts'
import { parseRequestLine } from '../../src/http1/request-head.ts'
import { formatAbsoluteTarget, parseAbsoluteTarget, parseConnectTarget } from '../../src/http1/target.ts'
import { LIMITS, onlyRequest, playRequests, refusesRequest } from '../support/feed.ts'

const HOST = 'Host: api.example.test\r\n\r\n'

function lineOf(text: string): { method: string; target: string; minorVersion: number } {
  const { method, target, minorVersion } = onlyRequest(text).head
  return { method, target, minorVersion }
}

function refusesTarget(target: string, code = 'bad_request', method = 'GET'): void {
  assert.throws(() => parseAbsoluteTarget(target, method), { code }, target)
}

describe('an absolute target', () => {
  it('is one from its first character on', () => {
    for (const target of ['xhttp://a.test/', 'ftp+http://a.test/', '@http://a.test/', '\u00e4http://a.test/'])
      refusesTarget(target)
    refusesTarget('/http://a.test/', 'not_a_proxy_request')
    refusesTarget('*http://a.test/')
  })
})

describe('RFC 9112 section 3: the request line', () => {
  it('may have a method of one letter', () => {
    assert.equal(lineOf(`X http://api.example.test/ HTTP/1.1\r\n${HOST}`).method, 'X')
  })

  it('is read into method, target and version', () => {
    assert.deepEqual(lineOf(`GET http://api.example.test/a?b=c HTTP/1.1\r\n${HOST}`), {
      method: 'GET',
      target: 'http://api.example.test/a?b=c',
      minorVersion: 1,
    })
  })

  it('may have any token as its method, and letter case is kept', () => {
    for (const method of ['PROPFIND', 'get', 'M-SEARCH', "!#$%&'*+-.^_`|~09azAZ"]) {
      assert.equal(lineOf(`${method} / HTTP/1.1\r\n${HOST}`).method, method)
    }
  })

  it('is refused when the method is no token', () => {
    for (const method of ['', 'G(T', 'G@T', 'G"T', 'GET:', 'GÉT', '\0GET', 'G\tT', '{']) {
      refusesRequest(`${method} / HTTP/1.1\r\n${HOST}`)
    }
  })

  it('is refused unless exactly one space stands between its parts', () => {
    for (const line of [
      'GET  / HTTP/1.1',
      'GET /  HTTP/1.1',
      'GET\t/ HTTP/1.1',
      'GET /\tHTTP/1.1',
      ' GET / HTTP/1.1',
      'GET / HTTP/1.1 ',
      'GET /a b HTTP/1.1',
      'GET\x0b/ HTTP/1.1',
      'GET\xa0/ HTTP/1.1',
    ]) {
      refusesRequest(`${line}\r\n${HOST}`)
    }
  })

  it('is refused when a part is missing', () => {
    for (const line of ['GET', 'GET ', 'GET /', 'GET / ', 'GET HTTP/1.1', 'HTTP/1.1', ' ']) {
      refusesRequest(`${line}\r\n${HOST}`)
    }
  })

  it('is refused for versions other than 1.1 and 1.0', () => {
    for (const version of [
      'HTTP/0.9',
      'HTTP/1.2',
      'HTTP/2.0',
      'HTTP/2',
      'HTTP/1',
      'HTTP/1.',
      'HTTP/1.10',
      'HTTP/1.1x',
      'HTTP/01.1',
      'HTTP/1,1',
      'http/1.1',
      'HTTPS/1.1',
      'HTTP /1.1',
    ]) {
      refusesRequest(`GET / ${version}\r\n${HOST}`)
    }
    refusesRequest('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  })

  it('is refused as soon as it is whole, without waiting for the fields', () => {
    for (const start of [
      'GET /\r\n',
      'GET / HTTP/2.0\r\n',
      'GET / HTTP/1.1\n',
      'GET / HTTP/1.1\r\nHost: a\n',
    ]) {
      refusesRequest(start)
    }
  })

  it('is refused at its first octet when that can begin no request', () => {
    for (const start of ['\0', ' ', '\t', '\n', '(', '\x80', '\r\n\n', '\r\rGET']) refusesRequest(start)
  })

  it('tells a client that speaks TLS to the plain port how to write the proxy', () => {
    refusesRequest('\x16\x03\x01\x02\x00\x01')
    assert.throws(() => findRequestHeadEnd(Buffer.from('\x16\x03\x01'), 0, 100), { message: /TLS handshake/ })
    for (const octet of ['\x15', '\x17'])
      assert.throws(() => findRequestHeadEnd(Buffer.from(octet), 0, 100), {
        message: /starts with the octet/,
      })
  })

  it('that is refused is refused for what is wrong with it', () => {
    const faults: Record<string, RegExp> = {
      'GET  /': /target in the request line is empty, or followed by more than one space/,
      'G@T /': /method in the request line holds the octet 0x40/,
      'GET /\x7f': /target in the request line holds the octet 0x7f/,
      'GET\r\n': /does not have a method, a target and a version/,
      'GET\n': /does not have a method, a target and a version/,
      'GET / HTTP/1.1x': /version in the request line holds the octet 0x78/,
      'GET / HTTP/1.1 ': /version in the request line is empty, or followed by more than one space/,
    }
    for (const [start, message] of Object.entries(faults))
      assert.throws(() => parseRequestLine(`${start} HTTP/1.1\r\n`), { message }, start)
  })

  it('may come after empty lines', () => {
    const text = `\r\n\r\n\r\nGET / HTTP/1.1\r\n${HOST}`
    assert.equal(onlyRequest(text).start, 6)
    assert.deepEqual(playRequests('\r\n\r\n'), { messages: [], rest: 'none' })
    assert.equal(playRequests('\r').rest, 'waits')
  })

  it('waits while it may still become a request', () => {
    for (const start of ['G', 'GET', 'GET /', 'GET / HTTP/1.1', 'GET / HTTP/1.1\r', 'GET / HTTP/1.1\r\n']) {
      assert.deepEqual(playRequests(start), { messages: [], rest: 'waits' })
    }
  })

  it('is too large past the limit, and not before', () => {
    const text = `GET /${'a'.repeat(60)} HTTP/1.1\r\n${HOST}`
    const limits = { ...LIMITS, headerBytes: text.length }
    onlyRequest(text, limits)
    onlyRequest(`\r\n\r\n${text}`, limits)
    refusesRequest(text, 'header_too_large', { ...LIMITS, headerBytes: text.length - 1 })
    refusesRequest('G'.repeat(101), 'header_too_large', { ...LIMITS, headerBytes: 100 })
  })

  it('is judged by the octets up to the limit, whether more came or not', () => {
    const start = 'GET / HTTP/1.1\r\nA: b'
    for (const [text, limit] of [
      [`${start}\n`, start.length + 1],
      [`${start}\n`, start.length],
      [`${start}\nmore`, start.length],
    ] as const)
      assert.throws(() => findRequestHeadEnd(Buffer.from(text), 0, limit), { code: 'bad_request' }, text)
    assert.equal(findRequestHeadEnd(Buffer.from(start), 0, start.length), -1)
    const tooLarge = { code: 'header_too_large' }
    assert.throws(() => findRequestHeadEnd(Buffer.from(`${start}c\n`), 0, start.length), tooLarge)
  })

  it('has its limit for itself, whatever came before', () => {
    const text = `GET / HTTP/1.1\r\n${HOST}`
    const before = 'x'.repeat(100)
    const end = before.length + text.length
    assert.equal(findRequestHeadEnd(Buffer.from(before + text), before.length, text.length), end)
    assert.equal(findRequestHeadEnd(Buffer.from(before + text.slice(0, -4)), before.length, text.length), -1)
  })

  it('is too large whatever follows the head', () => {
    const text = `POST / HTTP/1.1\r\nContent-Length: 3\r\n${HOST}a\nb`
    const head = text.length - 3
    refusesRequest(text, 'header_too_large', { ...LIMITS, headerBytes: head - 1 })
    onlyRequest(text, { ...LIMITS, headerBytes: head })
  })
})

describe('RFC 9112 section 3.2: the request target', () => {
  it('says where credentials belong when it holds some', () => {
    assert.throws(() => parseAbsoluteTarget('http://user@a.test/', 'GET'), { message: /holds a user name/ })
  })

  it('holds no control characters and no white space', () => {
    for (const octet of ['\0', '\x01', '\x1f', '\x7f', '\r', '\n', '\t', ' ', '\x0b']) {
      refusesRequest(`GET /a${octet}b HTTP/1.1\r\n${HOST}`)
    }
  })

  it('may hold what runners send though a URI should not: raw UTF-8, quotes, braces, a backslash', () => {
    const target = `/${Buffer.from('grüße').toString('latin1')}?a={"b":[1|2]}\\^\``
    assert.equal(lineOf(`GET ${target} HTTP/1.1\r\n${HOST}`).target, target)
  })

  it('in absolute-form says where the request goes, and what to ask for there', () => {
    assert.deepEqual(parseAbsoluteTarget('http://api.example.test/a/b?c=d', 'GET'), {
      scheme: 'http',
      host: 'api.example.test',
      port: 80,
      path: '/a/b?c=d',
      hostField: 'api.example.test',
    })
    assert.deepEqual(parseAbsoluteTarget('https://API.Example.test:8443', 'GET'), {
      scheme: 'https',
      host: 'api.example.test',
      port: 8443,
      path: '/',
      hostField: 'API.Example.test:8443',
    })
  })

  it('in absolute-form may be in any letter case of the scheme', () => {
    assert.equal(parseAbsoluteTarget('HTTP://a.test/', 'GET').scheme, 'http')
    assert.equal(parseAbsoluteTarget('HttpS://a.test/', 'GET').port, 443)
  })

  it('in absolute-form may be a WebSocket URL', () => {
    assert.deepEqual(
      ['ws://a.test/', 'wss://a.test/'].map(target => {
        const { scheme, port } = parseAbsoluteTarget(target, 'GET')
        return [scheme, port]
      }),
      [
        ['http', 80],
        ['https', 443],
      ],
    )
  })

  it('in absolute-form leaves the default port out of Host', () => {
    const hostField = (target: string) => parseAbsoluteTarget(target, 'GET').hostField
    assert.equal(hostField('http://a.test:80/'), 'a.test')
    assert.equal(hostField('http://a.test:/'), 'a.test')
    assert.equal(hostField('http://a.test:00080/'), 'a.test')
    assert.equal(hostField('https://a.test:443/'), 'a.test')
    assert.equal(hostField('https://a.test:80/'), 'a.test:80')
    assert.equal(hostField('http://[::1]:80/'), '[::1]')
    assert.equal(hostField('http://[::1]/'), '[::1]')
  })

  it('in absolute-form keeps path and query as they were written', () => {
    const path = (target: string) => parseAbsoluteTarget(target, 'GET').path
    assert.equal(path('http://a.test//b/../c/./%2e%2E/d'), '//b/../c/./%2e%2E/d')
    assert.equal(path('http://a.test?x=http://b.test/'), '/?x=http://b.test/')
    assert.equal(path('http://a.test/?'), '/?')
    assert.equal(path('http://a.test/x@b.test:81/'), '/x@b.test:81/')
  })

  it('in absolute-form without a path is * for OPTIONS (section 3.2.4) and / otherwise', () => {
    assert.equal(parseAbsoluteTarget('http://a.test:8001', 'OPTIONS').path, '*')
    assert.equal(parseAbsoluteTarget('http://a.test:8001/', 'OPTIONS').path, '/')
    assert.equal(parseAbsoluteTarget('http://a.test?x', 'OPTIONS').path, '/?x')
    assert.equal(parseAbsoluteTarget('http://a.test', 'HEAD').path, '/')
  })

  it('is written in absolute-form for another proxy, with the authority that was checked and no other', () => {
    const written = (target: string) => formatAbsoluteTarget(parseAbsoluteTarget(target, 'OPTIONS'))
    assert.equal(written('http://A.test.:80/x?y'), 'http://a.test/x?y')
    assert.equal(written('http://a.test:81'), 'http://a.test:81')
    assert.equal(written('http://[::0:1]:81/'), 'http://[::1]:81/')
    assert.equal(written('http://0x7f.1/'), 'http://127.0.0.1/')
    const target = parseAbsoluteTarget('http://a.test/', 'GET')
    for (const path of ['@b.test/', ':81/', '.b.test/', 'http://b.test/']) {
      assert.equal(formatAbsoluteTarget({ ...target, path }), `http://a.test/${path}`)
    }
  })

  it('reads a host in raw UTF-8 as the name it means, and sends it as punycode', () => {
    const latin1 = (text: string) => Buffer.from(text).toString('latin1')
    assert.deepEqual(parseAbsoluteTarget(latin1('http://Bücher.example:81/ü'), 'GET'), {
      scheme: 'http',
      host: 'xn--bcher-kva.example',
      port: 81,
      path: latin1('/ü'),
      hostField: 'xn--bcher-kva.example:81',
    })
    assert.equal(
      parseAbsoluteTarget(latin1('http://bücher.example:80/'), 'GET').hostField,
      'xn--bcher-kva.example',
    )
    assert.equal(parseConnectTarget(latin1('bücher.example:443')).host, 'xn--bcher-kva.example')
    refusesTarget('http://b\xfccher.example/')
  })

  it('in absolute-form is refused with a user name, a fragment, no host or a bad port', () => {
    for (const target of [
      'http://user@a.test/',
      'http://user:password@a.test/',
      'http://a.test@evil.test/',
      'http://a.test:80@evil.test/',
      'http://a.test\\@evil.test/',
      'http://a.test/#fragment',
      'http://a.test#@evil.test/',
      'http:///path',
      'http://',
      'http://?a',
      'http://:80/',
      'http://a.test:0/',
      'http://a.test:65536/',
      'http://a.test:8o/',
      'http://a.test:-1/',
      'http://a.test:80:80/',
      'http://a%2etest/',
      'http://a.test\\evil/',
      'http://a..test/',
      'http://.a.test/',
      'http://a.test../',
      'http://[::1/',
      'http://::1/',
      'http://[::1]evil/',
      'http://[fe80::1%25eth0]/',
      'http://[1.2.3.4]/',
      'http://[v1.a]/',
      'http://a"b/',
      'http://a<b>/',
    ]) {
      refusesTarget(target)
    }
  })

  it('is refused for schemes that are not HTTP', () => {
    for (const target of [
      'ftp://a.test/',
      'file:///etc/passwd',
      'a.test:80',
      'http:/a.test/',
      'javascript:alert(1)',
    ])
      refusesTarget(target)
  })

  it('in origin-form or asterisk-form tells that this is a proxy', () => {
    refusesTarget('/path', 'not_a_proxy_request')
    refusesTarget('//a.test/path', 'not_a_proxy_request')
    refusesTarget('*', 'not_a_proxy_request', 'OPTIONS')
  })

  it('of CONNECT is host:port and nothing else', () => {
    assert.deepEqual(parseConnectTarget('API.example.test:443'), { host: 'api.example.test', port: 443 })
    assert.deepEqual(parseConnectTarget('[2001:DB8::0:1]:8443'), { host: '2001:db8::1', port: 8443 })
    for (const target of [
      'a.test',
      'a.test:',
      'a.test:0',
      'a.test:99999',
      ':443',
      'u@a.test:443',
      'http://a.test:443',
      'a.test:443/',
      '/',
      '*',
      '::1:443',
    ]) {
      assert.throws(() => parseConnectTarget(target), { code: 'bad_request' }, target)
    }
  })
})

describe('RFC 9112 section 3.2: Host', () => {
  it('is demanded of HTTP/1.1, and not of HTTP/1.0', () => {
    refusesRequest('GET / HTTP/1.1\r\n\r\n')
    refusesRequest('GET http://a.test/ HTTP/1.1\r\nAccept: */*\r\n\r\n')
    assert.equal(onlyRequest('GET / HTTP/1.0\r\n\r\n').head.minorVersion, 0)
  })

  it('may not come twice, even when both say the same', () => {
    refusesRequest('GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n')
    refusesRequest('GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n')
    refusesRequest('GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n')
  })

  it('may be empty, as for a target without an authority', () => {
    onlyRequest('GET / HTTP/1.1\r\nHost:\r\n\r\n')
  })
})
