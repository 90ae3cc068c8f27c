import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { minimatch } from 'minimatch'
import { normalizeHost } from '../../src/core/host.ts'
import { hostMatcher } from '../../src/registry/host-matcher.ts'
import { type HostPattern, parseHostPattern } from '../../src/registry/pattern.ts'
import { trials } from '../support/property.ts'

function parse(text: string): readonly HostPattern[] {
  const patterns = parseHostPattern(text)
  assert(!('message' in patterns), `${text}: ${JSON.stringify(patterns)}`)
  return patterns
}

function fault(text: string): string {
  const result = parseHostPattern(text)
  assert('message' in result, `${text} is accepted`)
  return `${result.message} (${result.hint})`
}

function matches(pattern: string, host: string): boolean {
  const normalized = normalizeHost(host)
  assert(normalized !== null)
  return parse(pattern).some(each => each.matches(normalized))
}

describe('a full host name', () => {
  for (const [pattern, host] of [
    ['api.example', 'api.example'],
    ['API.Example', 'api.example'],
    ['api.example.', 'api.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'bücher.example'],
    ['xn--bcher-kva.example', 'bücher.example'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
    ['[0:0:0:0:0:0:0:1]', '[::1]'],
    ['2001:DB8::1', '[2001:db8:0::1]'],
    ['localhost', 'localhost'],
    ['under_score.example', 'under_score.example'],
  ] as const) {
    test(`${pattern} is ${host}`, () => {
      const [first, ...others] = parse(pattern)
      assert.equal(first?.host, normalizeHost(host))
      assert.deepEqual(others, [])
      assert(matches(pattern, host))
      assert(!matches(pattern, 'other.example'))
    })
  }
})

describe('a wildcard', () => {
  for (const [pattern, yes, no] of [
    [
      '*.example.com',
      ['a.example.com', 'a.b.example.com', 'A.EXAMPLE.com.'],
      ['example.com', 'aexample.com', 'a.example.co'],
    ],
    ['*', ['a', 'a.b', '10.0.0.1', '[::1]'], []],
    ['**.example.com', ['a.example.com', 'a.b.example.com'], ['example.com']],
    ['api-?.example', ['api-1.example'], ['api-12.example', 'api-.example']],
    ['api-[0-9].example', ['api-1.example'], ['api-x.example']],
    ['[[:digit:]].example', ['1.example'], ['x.example']],
    ['api-+(a|b).example', ['api-ab.example'], ['api-c.example']],
    ['api.*', ['api.example', 'api.a.b'], ['x.api.example']],
    ['10.0.*', ['10.0.3.4'], ['10.1.0.0']],
    ['*.BÜCHER.example', ['a.bücher.example', 'a.xn--bcher-kva.example'], ['bücher.example']],
    ['*.example.', ['a.example', 'a.example.'], ['example']],
  ] as const) {
    test(`${pattern} matches ${yes.join(', ')}`, () => {
      assert.equal(parse(pattern)[0]?.host, null)
      for (const host of yes) assert(matches(pattern, host), host)
      for (const host of no) assert(!matches(pattern, host), host)
    })
  }
})

describe('braces', () => {
  test('stand for several patterns, each full or wildcard by itself', () => {
    const patterns = parse('{api,*.api,www}.example')
    assert.deepEqual(
      patterns.map(({ text, host }) => [text, host]),
      [
        ['api.example', 'api.example'],
        ['*.api.example', null],
        ['www.example', 'www.example'],
      ],
    )
  })

  test('may hold ranges, and nest', () => {
    assert.deepEqual(
      parse('api{1..3}.{a,b{c,d}}').map(({ text }) => text),
      ['api1.a', 'api1.bc', 'api1.bd', 'api2.a', 'api2.bc', 'api2.bd', 'api3.a', 'api3.bc', 'api3.bd'],
    )
  })

  test('for too many hosts are refused without being expanded', () => {
    assert.match(fault('a{1..1000000}'), /more than 1000 hosts/)
    assert.match(fault('{a,b}'.repeat(40)), /more than 1000 hosts/)
  })

  test('that hide something forbidden are refused as well', () => {
    assert.match(fault('{a.example,!b.example}'), /starts with `!`/)
    assert.match(fault('{a.example,b.example:443}'), /holds a port/)
  })
})

describe('what is no pattern over hosts is refused with what to write instead', () => {
  for (const [pattern, expected] of [
    ['', /^is empty \(write a host name/],
    ['.', /is not a host name/],
    ['!api.example', /^starts with `!`/],
    ['!(api).example', /^starts with `!`/],
    ['#api.example', /^starts with `#`/],
    ['https://api.example/v1', /^holds a scheme \(write the host alone: api\.example\)/],
    ['https://*.example:8443', /^holds a scheme \(write the host alone: \*\.example\)/],
    ['api.example/v1', /^holds a `\/` \(write the host alone: api\.example\)/],
    ['api.example:8443', /^holds a port .*`port: 8443`/],
    ['*.example:8443', /^holds a port .*`port: 8443`/],
    ['[::1]:8443', /^holds a port .*`port: 8443`/],
    ['a:b', /^holds a `:`/],
    ['HTTPS://api.example', /^holds a scheme/],
    ['*.http://api.example', /^holds a `\/`/],
    ['{1..1001}.example', /more than 1000 hosts/],
    ['[a:80', /^holds a port/],
    ['a.example, b.example', /^holds white space .*list/],
    ['.example.com', /^starts with a dot \(write \*\.example\.com/],
    ['a..example', /is not a host name/],
    ['a.example..', /is not a host name/],
    ['*.example..', /is not a host name/],
    ['user@api.example', /is not a host name/],
    ['a~b.example', /is not a host name/],
    ['a.example~', /is not a host name/],
    ['*.bü*.example', /punycode/],
    [`*${'a'.repeat(1024)}`, /is too long/],
    ['a\u0000b', /white space/],
  ] as const) {
    test(JSON.stringify(pattern.slice(0, 30)), () => assert.match(fault(pattern), expected))
  }
})

test('a pattern may be as long as 1024 characters, and stand for 1000 hosts', () => {
  assert.equal(parse(`*${'a'.repeat(1023)}`).length, 1)
  assert.equal(parse('{1..1000}.example').length, 1000)
})

test('an IPv6 address may be in brackets and in capitals', () => {
  assert(matches('[2001:DB8::1]', '2001:db8::1'))
})

describe('a list of patterns', () => {
  test('matches when one of them does, and refuses to be built from what is no pattern', () => {
    const matcher = hostMatcher(['a.example', '*.b.example'])
    assert.deepEqual(['a.example', 'x.b.example', 'b.example'].map(matcher), [true, true, false])
    assert.equal(hostMatcher([])('a.example'), false)
    assert.throws(() => hostMatcher(['a.example:1']), /a\.example:1.*holds a port/)
  })
})

test('every wildcard matches exactly what minimatch matches over the whole host', () => {
  const label = fc.stringMatching(/^[a-c0-9-]{1,3}$/)
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'))
  const magic = fc.constantFrom(
    '*',
    '?',
    '[a-b]',
    '[!a]',
    '+(a|b)',
    '@(a|b.c)',
    '**',
    '\\*',
    '[',
    '(',
    'a',
    'B',
    '.',
  )
  const pattern = fc
    .array(fc.oneof(magic, label), { minLength: 1, maxLength: 5 })
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(pattern, fc.array(host, { minLength: 1, maxLength: 5 }), (text, hosts) => {
      const parsed = parseHostPattern(text)
      fc.pre(!('message' in parsed) && parsed[0]?.host === null)
      const options = { nonegate: true, nocomment: true, dot: true, nocase: true }
      const bare = text.endsWith('.') ? text.slice(0, -1) : text
      for (const each of hosts) {
        assert.equal(
          parsed.some(one => one.matches(each)),
          minimatch(each, bare, options),
          `${text} on ${each}`,
        )
      }
    }),
    trials(2000),
  )
})
