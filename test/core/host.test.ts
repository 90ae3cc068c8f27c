import assert from 'node:assert/strict'
import { isIPv4 } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatAuthority, normalizeHost, parseAuthority } from '../../src/core/host.ts'
import { trials } from '../support/property.ts'

function normalizes(pairs: Record<string, string | null>): void {
  for (const [written, normal] of Object.entries(pairs)) assert.equal(normalizeHost(written), normal, written)
}

/** Any text that hosts are made of, and what must not get through. */
const HOSTLIKE = fc.oneof(
  fc.domain(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.string({
    unit: fc.constantFrom(
      ...'aAzZ09-_.:[]/@?#\\% \t\r\n\0\x7f*!~üÜßé。．·١🙂x٠\u00ad\u200d',
      'xn--',
      '0x7f',
      '127',
    ),
    maxLength: 12,
  }),
)

describe('a host', () => {
  it('is compared in lower case', () => {
    normalizes({ 'API.Example.TEST': 'api.example.test', LOCALHOST: 'localhost', a_B: 'a_b', '0X': '0x' })
  })

  it('loses one trailing dot, and no more', () => {
    normalizes({
      'a.test.': 'a.test',
      'A.test.': 'a.test',
      'a.test..': null,
      'A.test..': null,
      '.': null,
      '..': null,
    })
  })

  it('has no empty labels', () => {
    normalizes({ 'a..test': null, '.a.test': null, '.': null, '': null, 'ü..test': null, '。test': null })
  })

  it('is compared as punycode, however an IDN was written', () => {
    normalizes({
      'bücher.example': 'xn--bcher-kva.example',
      'BÜCHER.example': 'xn--bcher-kva.example',
      'bu\u0308cher.example': 'xn--bcher-kva.example',
      'XN--BCHER-KVA.Example': 'xn--bcher-kva.example',
      'bücher。example': 'xn--bcher-kva.example',
      'bücher.example。': 'xn--bcher-kva.example',
      'ｅｘａｍｐｌｅ．test': 'example.test',
      'straße.example': 'xn--strae-oqa.example',
    })
  })

  it('is none when an IDN holds what no name may hold', () => {
    normalizes({
      'ü／evil.test': null,
      'ü\u2100.test': null,
      'ü％41': null,
      'ü b.test': null,
      '\ufffd.test': null,
      '\u00ad': null,
    })
  })

  it('is none with the delimiters of a URI, white space or control characters', () => {
    for (const character of '/?#@[]\\:%"<>^`{|} \t\r\n\0\x7f') {
      assert.equal(normalizeHost(`a${character}b`), null, JSON.stringify(character))
      assert.equal(normalizeHost(`a.test${character}`), null, JSON.stringify(character))
    }
  })

  it('that is an IPv6 address loses its brackets and is shortened', () => {
    normalizes({
      '[::1]': '::1',
      '::1': '::1',
      '[2001:DB8:0:0:0:0:0:1]': '2001:db8::1',
      '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
      '[::ffff:127.0.0.1]': '::ffff:7f00:1',
      '[::1': null,
      '::1]': null,
      '[::1].': null,
      '[]': null,
      '[127.0.0.1]': null,
      '[a.test]': null,
      '[fe80::1%eth0]': null,
      'fe80::1%eth0': null,
      '1::2::3': null,
    })
  })

  it('that is an IPv4 address is the same one however it was written', () => {
    for (const written of [
      '127.0.0.1',
      '127.1',
      '127.0.1',
      '2130706433',
      '0x7f000001',
      '0X7F.1',
      '0177.0.0.1',
      '127.0.0.1.',
      '１２７.0.0.1',
    ])
      assert.equal(normalizeHost(written), '127.0.0.1', written)
  })

  it('that ends in a number but is no address stays a name', () => {
    normalizes({
      'web.1': 'web.1',
      '256.1.1.1': '256.1.1.1',
      '1.2.3.4.5': '1.2.3.4.5',
      '123456789012': '123456789012',
    })
  })

  it('is the same when it is normalised again', () => {
    fc.assert(
      fc.property(HOSTLIKE, text => {
        const host = normalizeHost(text)
        if (host !== null) assert.equal(normalizeHost(host), host)
      }),
      trials(3000),
    )
  })

  it('is visible ASCII in lower case, whatever was written', () => {
    fc.assert(
      fc.property(HOSTLIKE, text => {
        const host = normalizeHost(text)
        if (host !== null)
          assert.match(host, /^(?:[^\x00-\x20A-Z\x7f-\uffff/?#@[\]\\:.]+\.?)*[^.]$|^[0-9a-f:]+$/)
      }),
      trials(3000),
    )
  })

  it('is the one that a URL parser sees, for all names and addresses that one takes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.domain(),
          fc.ipV4Extended(),
          fc.ipV6().map(address => `[${address}]`),
        ),
        written => {
          const expected = new URL(`http://${written}/`).hostname.replace(/^\[|\]$/g, '')
          assert.equal(normalizeHost(written), expected)
          assert.equal(normalizeHost(written.toUpperCase()), expected)
          if (!written.startsWith('[')) assert.equal(normalizeHost(`${written}.`), expected)
        },
      ),
      trials(2000),
    )
  })
})

describe('an authority', () => {
  it('is a host with or without a port', () => {
    assert.deepEqual(parseAuthority('A.test:8443'), { host: 'a.test', port: 8443 })
    assert.deepEqual(parseAuthority('a.test'), { host: 'a.test', port: null })
    assert.deepEqual(parseAuthority('a.test:'), { host: 'a.test', port: null })
    assert.deepEqual(parseAuthority('[::1]:1'), { host: '::1', port: 1 })
    assert.deepEqual(parseAuthority('[::1]'), { host: '::1', port: null })
    assert.deepEqual(parseAuthority('127.0.0.1:00443'), { host: '127.0.0.1', port: 443 })
    assert.deepEqual(parseAuthority('a.test:65535'), { host: 'a.test', port: 65535 })
  })

  it('is none with anything else in it', () => {
    for (const text of [
      '',
      ':',
      ':80',
      'a.test:0',
      'a.test:65536',
      'a.test:000080',
      'a.test:8x',
      'a.test:+80',
      'a.test: 80',
      'a.test:80 ',
      'a.test:80\n',
      'a.test\n',
      'a:b:1',
      '::1',
      '::1:80',
      '[::1]80',
      '[::1]:',
      '[::1]x:80',
      'u@a.test',
      'u:p@a.test:80',
      'a.test/',
      'a.test:80/',
      '[a.test]:80',
      '[::1%25lo]:80',
      'a.test:８０',
    ]) {
      if (text === '[::1]:') assert.deepEqual(parseAuthority(text), { host: '::1', port: null })
      else assert.equal(parseAuthority(text), null, JSON.stringify(text))
    }
  })

  it('is written so that it is read back the same', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()).map(normalizeHost)
    const port = fc.option(fc.integer({ min: 1, max: 65535 }))
    fc.assert(
      fc.property(host, port, (host, port) => {
        assert.ok(host !== null)
        assert.deepEqual(parseAuthority(formatAuthority(host, port)), { host, port })
      }),
      trials(1000),
    )
  })

  it('is none, or one with a normal host and a real port, for any text', () => {
    fc.assert(
      fc.property(
        fc.tuple(HOSTLIKE, fc.constantFrom('', ':', ':80', ':0', ':99999', ':x', ':80:81')),
        parts => {
          const authority = parseAuthority(parts.join(''))
          if (authority === null) return
          assert.equal(normalizeHost(authority.host), authority.host)
          assert.ok(authority.port === null || (authority.port >= 1 && authority.port <= 65535))
        },
      ),
      trials(3000),
    )
  })
})

describe('an IPv4 address', () => {
  it('never has two spellings that are compared as different hosts', () => {
    fc.assert(
      fc.property(fc.ipV4Extended(), written => {
        const host = normalizeHost(written)
        assert.ok(host !== null && isIPv4(host), `${host}`)
      }),
      trials(1000),
    )
  })
})
