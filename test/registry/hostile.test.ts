import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { normalizeHost } from '../../src/core/host.ts'
import { parseRegistry } from '../../src/registry/parse.ts'
import { parseHostPattern } from '../../src/registry/pattern.ts'
import { hostileYaml } from '../support/hostile-yaml.ts'
import { trials } from '../support/property.ts'

const GOOD = {
  version: 1,
  certificates: [
    {
      id: 'payments-2026',
      host: ['*.payments.example', '{a,b}.example'],
      port: 8443,
      addedAt: '2026-11-01T09:00:00Z',
      cert: 'certs/payments.crt',
      key: 'certs/payments.key',
      passphrase: { env: 'PAYMENTS_PASSPHRASE' },
      ca: 'certs/ca.pem',
      systemRoots: true,
      groups: ['payments'],
      tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', serverName: 'api.internal', http2: true },
    },
    { id: 'legacy', host: 'legacy.example', addedAt: '2026-11-02T09:00:00Z', pkcs12: 'a.p12' },
  ],
}

describe('any text in place of a registry', () => {
  test('gives valid entries or problems with their places, and never ends the program', () => {
    fc.assert(
      fc.property(hostileYaml(GOOD), text => {
        const { definitions, problems } = parseRegistry('/etc/registry.yaml', text)
        for (const { line, column, message } of problems) {
          assert.ok(line >= 1 && column >= 1)
          assert.notEqual(message, '')
        }
        for (const { id, hosts, port, addedAt } of definitions) {
          assert.match(id, /^[a-z0-9][a-z0-9._-]{0,63}$/)
          assert.ok(hosts.length > 0)
          for (const host of hosts) assert.ok(!('message' in parseHostPattern(host)), host)
          assert.ok(port === null || (port >= 1 && port <= 65_535))
          assert.ok(addedAt === null || Number.isSafeInteger(addedAt))
        }
      }),
      { ...trials(100), examples: [['version: 1\ncertificates: [&a {host: *a}]\n'], ['- '.repeat(20_000)]] },
    )
  })

  test('any pattern is understood or refused with advice, and then matches hosts in a moment', () => {
    const piece = fc.constantFrom(
      ...[
        '*',
        '**',
        '?',
        '[a-z]',
        '[!a]',
        '[[:alpha:]]',
        '{a,b}',
        '{1..99}',
        '+(a)',
        '@(a|b)',
        '!(a)',
        '*(a|a)',
      ],
      ...['.', 'a', 'a.example', 'xn--', '\\', '(', ')', '[', '{', '|', '*a*a*a', '+(+(a))'],
    )
    const host = fc.constantFrom(
      'a.example',
      'a'.repeat(63),
      `${'a.'.repeat(100)}example`,
      '::1',
      '127.0.0.1',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), host, (pieces, written) => {
        const patterns = parseHostPattern(pieces.join(''))
        if ('message' in patterns) {
          assert.notEqual(patterns.hint, '')
          return
        }
        const start = performance.now()
        for (const pattern of patterns.slice(0, 20)) {
          pattern.matches(written)
          if (pattern.host !== null) assert.equal(normalizeHost(pattern.host), pattern.host)
        }
        assert.ok(performance.now() - start < 2000, pieces.join(''))
      }),
      trials(150),
    )
  })
})
