import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { describe, test } from 'node:test'
import { formatProblem } from '../../src/core/problem.ts'
import { DEFAULT_TLS_POLICY } from '../../src/identity/tls-policy.ts'
import type { Definition } from '../../src/registry/definition.ts'
import { parseRegistry } from '../../src/registry/parse.ts'
import { parseInBackground } from '../../src/registry/parser.ts'
import { registryJsonSchema } from '../../src/registry/schema.ts'
import { registryText } from '../support/registry-folder.ts'

const FILE = '/etc/certhop/registry.yaml'
const PAIR = 'cert: a.crt, key: a.key'
const DIGEST = Buffer.alloc(32, 7).toString('base64')
const OTHER_DIGEST = Buffer.alloc(32, 8).toString('base64')
const SERVER_NAME =
  '`tls.serverName` must be a host name, without scheme, port and wildcard, and no address (RFC 6066 section 3)'
const PIN = 'must be `sha256/` and the SHA-256 of a public key in base64, which has 44 characters'

function accepted(text: string): readonly Definition[] {
  const { definitions, problems } = parseRegistry(FILE, text)
  assert.deepEqual(problems, [])
  return definitions
}

function problemsOf(...entries: string[]): string[] {
  const { problems } = parseRegistry(FILE, registryText(...entries))
  return problems.map(problem => formatProblem(problem).replace(`${FILE}:`, ''))
}

describe('a registry file', () => {
  test('becomes definitions with absolute paths, times, and the place of everything', () => {
    const text = `version: 1
certificates:
  - id: payments-2026
    host: "*.payments.example"
    port: 8443
    addedAt: 2026-11-01T09:00:00Z
    cert: certs/payments.crt
    key: ~/payments.key
    passphrase: {file: /run/secrets/payments}
    ca: certs/ca.pem
    systemRoots: true
    groups: [payments, orders.eu]
`
    assert.deepEqual(accepted(text), [
      {
        id: 'payments-2026',
        hosts: ['*.payments.example'],
        port: 8443,
        groups: ['payments', 'orders.eu'],
        addedAt: Date.UTC(2026, 10, 1, 9),
        position: 1,
        source: {
          cert: '/etc/certhop/certs/payments.crt',
          key: `${homedir()}/payments.key`,
          passphrase: { kind: 'file', path: '/run/secrets/payments' },
          ca: '/etc/certhop/certs/ca.pem',
          systemRoots: true,
          tls: DEFAULT_TLS_POLICY,
        },
        at: {
          entry: { line: 3, column: 5 },
          cert: { line: 7, column: 11 },
          key: { line: 8, column: 10 },
          pkcs12: { line: 3, column: 5 },
          passphrase: { line: 9, column: 17 },
          ca: { line: 10, column: 9 },
        },
      },
    ])
  })

  test('needs little: an id, a host, a certificate and a key', () => {
    const [definition] = accepted(registryText(`id: a, host: [a.example, b.example], ${PAIR}`))
    assert.deepEqual(definition?.hosts, ['a.example', 'b.example'])
    assert.deepEqual([definition.port, definition.groups, definition.addedAt], [null, null, null])
    assert.deepEqual([definition.source.passphrase, definition.source.ca], [null, null])
    assert.deepEqual(definition.at.ca, definition.at.entry)
  })

  test('takes a bundle instead of the two, and says so when neither form is there, or both', () => {
    const [definition] = accepted(registryText('id: a, host: a, pkcs12: certs/a.p12'))
    assert.deepEqual(definition?.source, {
      ...{ pkcs12: '/etc/certhop/certs/a.p12', passphrase: null, ca: null, systemRoots: false },
      tls: DEFAULT_TLS_POLICY,
    })
    assert.deepEqual(definition.at.pkcs12, { line: 3, column: 30 })
    const hint = '(write `cert: FILE` and `key: FILE`, or `pkcs12: FILE` for a bundle that holds both)'
    assert.deepEqual(
      problemsOf(
        'id: a, host: a',
        'id: b, host: b, cert: b.crt',
        'id: c, host: c, key: c.key, pkcs12: c.p12',
        'id: d, port: 0, cert: d.crt, pkcs12: d.p12',
      ),
      [
        `3:5: \`cert\` is missing ${hint}`,
        `3:5: \`key\` is missing ${hint}`,
        `4:5: \`key\` is missing ${hint}`,
        `5:42: \`pkcs12\` cannot stand beside \`cert\` and \`key\` ${hint}`,
        '6:5: `host` is missing',
        '6:19: `port` must be at least 1',
        `6:43: \`pkcs12\` cannot stand beside \`cert\` and \`key\` ${hint}`,
      ],
    )
  })

  test('may have no certificates', () => {
    assert.deepEqual(accepted('version: 1\ncertificates: []\n'), [])
    assert.deepEqual(accepted('version: 1\ncertificates:\n'), [])
  })

  for (const [time, expected] of Object.entries({
    '2026-11-01T09:00:00Z': Date.UTC(2026, 10, 1, 9),
    '2026-11-01T09:00:00.250+02:00': Date.UTC(2026, 10, 1, 7, 0, 0, 250),
    '2026-11-01T09:00Z': Date.UTC(2026, 10, 1, 9),
    '2026-11-01': Date.UTC(2026, 10, 1),
  })) {
    test(`takes ${time} as addedAt`, () => {
      assert.equal(
        accepted(registryText(`id: a, host: a, ${PAIR}, addedAt: "${time}"`))[0]?.addedAt,
        expected,
      )
    })
  }

  for (const time of [
    '2026-11-01T09:00:00',
    '2026-02-30T00:00:00Z',
    '2026-13-01',
    'yesterday',
    '1',
    '2026-11-01T25:00Z',
  ]) {
    test(`refuses ${time} as addedAt`, () => {
      const [problem] = problemsOf(`id: a, host: a, ${PAIR}, addedAt: "${time}"`)
      assert.match(problem ?? '', /^3:\d+: `addedAt` must be a date and time with its zone/)
    })
  }

  test('says how TLS has to be, with defaults for the rest', () => {
    const policyOf = (tls: string) =>
      accepted(registryText(`id: a, host: a, ${PAIR}, tls: ${tls}`))[0]?.source.tls
    assert.deepEqual(policyOf('{}'), DEFAULT_TLS_POLICY)
    assert.deepEqual(
      policyOf(`{minVersion: TLSv1.3, serverName: API.Internal., http2: false, pin: sha256/${DIGEST}}`),
      {
        minVersion: 'TLSv1.3',
        maxVersion: 'TLSv1.3',
        serverName: 'api.internal',
        http2: false,
        pins: [DIGEST],
      },
    )
    assert.deepEqual(policyOf(`{pin: [sha256/${DIGEST}, sha256/${OTHER_DIGEST}]}`)?.pins, [
      DIGEST,
      OTHER_DIGEST,
    ])
  })

  for (const [tls, expected] of Object.entries({
    '{minVersion: TLSv1.1}':
      '`tls.minVersion` must be `TLSv1.2` or `TLSv1.3`; older versions are not secure (RFC 8996), and never spoken',
    '{minVersion: TLSv1.3, maxVersion: TLSv1.2}':
      '`tls.minVersion` must not be above `maxVersion`, which is TLSv1.2',
    '{serverName: 10.0.0.1}': SERVER_NAME,
    '{serverName: "[::1]"}': SERVER_NAME,
    '{serverName: 127.1}': '`tls.serverName` must be text, not a number (put it in quotes)',
    '{serverName: "0x7f.1"}': SERVER_NAME,
    '{serverName: "*.internal"}': SERVER_NAME,
    '{serverName: "api.internal:443"}': SERVER_NAME,
    '{http2: "no"}': '`tls.http2` must be true or false, not text',
    [`{pin: "${DIGEST}"}`]: `\`tls.pin\` ${PIN}`,
    // As curl writes it, in hexadecimal, and cut short.
    [`{pin: "sha256//${DIGEST}"}`]: `\`tls.pin\` ${PIN}`,
    [`{pin: "sha256/${'ab'.repeat(32)}"}`]: `\`tls.pin\` ${PIN}`,
    [`{pin: "sha256/${DIGEST.slice(1)}"}`]: `\`tls.pin\` ${PIN}`,
    '{pin: []}': '`tls.pin` must not be empty',
    '{ciphers: x}': '`ciphers` is not a known setting',
  })) {
    test(`refuses tls: ${tls}`, () => {
      const [problem = ''] = problemsOf(`id: a, host: a, ${PAIR}, tls: ${tls}`)
      const column = '  - {id: a, host: a, , tls: {'.length + PAIR.length + 1
      const value = column + tls.slice(1).indexOf(':') + 2
      assert.equal(
        problem.replace(/ \((?!put|RFC).*\)$/, ''),
        `3:${expected.includes('known') ? column : value}: ${expected}`,
      )
    })
  }

  test('is refused for groups that are none, each at its place', () => {
    const groupsOf = (groups: string) => problemsOf(`id: a, host: a, ${PAIR}, groups: ${groups}`)
    assert.match(groupsOf('[]').join(), /^3:\d+: `groups` must not be empty/)
    assert.match(groupsOf('g').join(), /^3:\d+: `groups` must be a list/)
    assert.match(groupsOf('[g, h, g]').join(), /^3:62: `groups` names `g` twice/)
    for (const name of ['""', 'G', 'a+b', '"a b"', '-a', 'a'.repeat(65)]) {
      assert.match(groupsOf(`[g, ${name}]`).join(), /^3:59: `groups` must be at most 64 of/, name)
    }
  })

  test('is refused for settings that this version does not know, each by its name', () => {
    for (const key of ['age']) {
      const [problem] = problemsOf(`id: a, host: a, ${PAIR}, ${key}: x`)
      assert.match(problem ?? '', new RegExp(`^3:\\d+: \`${key}\` is not a known setting`))
    }
  })

  test('shows every problem at once, in every entry, whatever else is wrong', () => {
    assert.deepEqual(
      problemsOf(
        `id: Upper, host: "https://a.example/", ${PAIR}`,
        `id: a, host: a, port: 0, ${PAIR}`,
        `id: b, hots: b, ${PAIR}`,
        `id: c, host: c, ${PAIR}`,
        `id: c, host: [d, "e:80"], ${PAIR}`,
        `id: c, host: f, ${PAIR}, addedAt: 2026-11-01`,
      ),
      [
        '3:10: `id` must be at most 64 of a-z, 0-9, `.`, `_` and `-`, the first a letter or a digit',
        '3:23: `host` holds a scheme (write the host alone: a.example)',
        '4:28: `port` must be at least 1',
        '5:5: `host` is missing',
        '5:13: `hots` is not a known setting; did you mean `host`?',
        '7:23: `host` holds a port (write the host alone and add the line `port: 80`)',
        '8:10: the id `c` is already used on line 6 (give each certificate an id of its own)',
        '6:5: 1 of 2 entries have no `addedAt`, `c` among them (give it to every entry, or to none and let the order of the file decide)',
      ],
    )
  })

  test('warns of a passphrase in clear text, without repeating it', () => {
    const { problems, definitions } = parseRegistry(
      FILE,
      registryText(`id: a, host: a, ${PAIR}, passphrase: hunter2`),
    )
    assert.deepEqual(
      problems.map(({ severity, code, line, column }) => [severity, code, line, column]),
      [['warning', 'plain_passphrase', 3, 59]],
    )
    assert.doesNotMatch(problems.map(formatProblem).join(), /hunter2/)
    assert.deepEqual(definitions[0]?.source.passphrase, { kind: 'plain', value: 'hunter2' })
  })

  test('refuses an empty name or path', () => {
    assert.match(problemsOf('id: a, host: a, cert: "", key: a.key').join(), /`cert` must not be empty/)
    assert.match(problemsOf('id: a, host: [], cert: a, key: a.key').join(), /`host` must not be empty/)
    assert.match(
      problemsOf('id: 2026, host: a, cert: a, key: a.key').join(),
      /`id` must be text, not a number \(put it in quotes\)/,
    )
  })

  test('of another version is refused', () => {
    const { problems } = parseRegistry(FILE, 'version: 2\ncertificates: []\n')
    assert.equal(problems[0]?.message, '`version` must be `1`')
  })

  test('is read the same in the background, however large it is', async () => {
    const entries = Array.from({ length: 1200 }, (_, index) => `id: e${index}, host: "h${index}:1", ${PAIR}`)
    const good = registryText(...entries.map(each => each.replace(':1"', '"')))
    assert.deepEqual(await parseInBackground(FILE, good, null), { text: good, ...parseRegistry(FILE, good) })
    const bad = registryText(...entries)
    assert.equal((await parseInBackground(FILE, bad, null)).problems.length, 1200)
    assert.deepEqual(await parseInBackground(FILE, bad, null), { text: bad, ...parseRegistry(FILE, bad) })
  })
})

test('the JSON Schema knows the settings of an entry and no others', () => {
  const schema = JSON.parse(JSON.stringify(registryJsonSchema()))
  const entry = schema.properties.certificates.anyOf[0].items
  assert.equal(entry.additionalProperties, false)
  assert.deepEqual(entry.required, ['id', 'host'])
  assert.deepEqual(entry.anyOf, [
    { required: ['cert', 'key'], not: { required: ['pkcs12'] } },
    { required: ['pkcs12'], properties: { cert: false, key: false } },
  ])
  assert.deepEqual(Object.keys(entry.properties), [
    ...[
      'id',
      'host',
      'port',
      'addedAt',
      'cert',
      'key',
      'pkcs12',
      'passphrase',
      'ca',
      'systemRoots',
      'tls',
      'groups',
    ],
  ])
})
