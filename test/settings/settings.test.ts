import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parsePasswordHash } from '../../src/core/password-hash.ts'
import { formatProblem } from '../../src/core/problem.ts'
import { defaultSettings, loadSettings, parseSettings } from '../../src/settings/load.ts'
import { locateSettings } from '../../src/settings/locate.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { passwordHash } from '../support/proxy-users.ts'

const FILE = '/etc/certhop/certhop.yaml'

function checkPattern(pattern: string) {
  return pattern.startsWith('!') ? { message: 'starts with `!`', hint: 'write it without' } : null
}

function accepted(text: string): Settings {
  const { settings, problems } = parseSettings(FILE, text, checkPattern)
  assert.deepEqual(problems, [])
  assert(settings)
  return settings
}

/** The problems as `line:column: message (hint)`. */
function refused(text: string): string[] {
  const { settings, problems } = parseSettings(FILE, text, checkPattern)
  assert.equal(settings, null)
  return problems.map(problem => formatProblem(problem).replace(`${FILE}:`, ''))
}

describe('settings', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-settings-'))
  })
  after(() => rm(folder, { recursive: true }))

  test('a file that says only the version gets every default', () => {
    assert.deepEqual(accepted('version: 1'), {
      version: 1,
      listen: { host: '127.0.0.1', port: 8128, allowRemote: false, reusePort: false, users: [], tls: null },
      admin: { host: '127.0.0.1', port: 8129 },
      registry: '/etc/certhop/registry.yaml',
      stateDirectory: join(homedir(), '.local/state/certhop'),
      authority: 'persistent',
      plainHttp: 'upgrade',
      unmatched: 'forward',
      requireCertificate: [],
      resolve: {},
      egressProxy: null,
      destinations: { deny: [], allow: [], ports: [] },
      via: false,
      upstream: {
        reuse: 'shared',
        idleTimeout: 30_000,
        connectTimeout: 10_000,
        handshakeTimeout: 10_000,
        responseTimeout: 300_000,
      },
      limits: {
        connections: 10_000,
        headerBytes: 65_536,
        headerFields: 256,
        headerTimeout: 15_000,
        idleTimeout: 75_000,
        tunnelIdleTimeout: 600_000,
      },
      shutdownTimeout: 30_000,
      secrets: { identity: { env: 'CERTHOP_AGE_IDENTITY' } },
      log: { level: 'info', access: true, query: false },
    })
  })

  test('without a file the defaults hold, with the registry that was named', () => {
    const { registry, ...rest } = defaultSettings('/tmp/registry.yaml')
    const { registry: _, ...defaults } = accepted('version: 1')
    assert.equal(registry, '/tmp/registry.yaml')
    assert.deepEqual(rest, defaults)
  })

  test('a path is relative to the file it stands in, or to the home directory', () => {
    assert.equal(accepted('version: 1\nregistry: ../own.yaml').registry, '/etc/own.yaml')
    assert.equal(accepted('version: 1\nregistry: /srv/own.yaml').registry, '/srv/own.yaml')
    assert.equal(accepted('version: 1\nregistry: ~/own.yaml').registry, join(homedir(), 'own.yaml'))
  })

  test('the state directory is where XDG_STATE_HOME says, unless the file names one', t => {
    const before = process.env['XDG_STATE_HOME']
    t.after(() => {
      if (before === undefined) delete process.env['XDG_STATE_HOME']
      else process.env['XDG_STATE_HOME'] = before
    })
    process.env['XDG_STATE_HOME'] = '/var/state'
    assert.equal(accepted('version: 1').stateDirectory, '/var/state/certhop')
    assert.equal(defaultSettings('registry.yaml').stateDirectory, '/var/state/certhop')
    assert.equal(accepted('version: 1\nstateDirectory: own').stateDirectory, '/etc/certhop/own')
    process.env['XDG_STATE_HOME'] = 'relative'
    assert.equal(accepted('version: 1').stateDirectory, join(homedir(), '.local/state/certhop'))
  })

  test('so are the state directory and the files of an own authority', () => {
    const { stateDirectory, authority } = accepted(
      'version: 1\nstateDirectory: ../state\nauthority: { cert: ca.crt, key: ~/ca.key }',
    )
    assert.equal(stateDirectory, '/etc/state')
    assert.deepEqual(authority, { cert: '/etc/certhop/ca.crt', key: join(homedir(), 'ca.key') })
    assert.equal(accepted('version: 1\nauthority: ephemeral').authority, 'ephemeral')
  })

  test('the age identity is a variable or a file', () => {
    const at = (value: string) => accepted(`version: 1\nsecrets: { identity: ${value} }`).secrets.identity
    assert.deepEqual(at('{ env: NAME }'), { env: 'NAME' })
    assert.deepEqual(at('{ file: age.txt }'), { file: '/etc/certhop/age.txt' })
    assert.deepEqual(refused('version: 1\nsecrets: { identity: AGE-SECRET-KEY-1CANARY }'), [
      '2:22: `secrets.identity` must be {env: NAME} or {file: PATH}',
    ])
  })

  test('an authority is one of two words, or two files', () => {
    const kinds = '`authority` must be `persistent`, `ephemeral` or {cert: FILE, key: FILE}'
    assert.deepEqual(refused('version: 1\nauthority: permanent'), [`2:12: ${kinds}`])
    assert.deepEqual(refused('version: 1\nauthority: null'), [`2:12: ${kinds}`])
    assert.deepEqual(refused('version: 1\nauthority: { cert: ca.crt }'), ['2:12: `authority.key` is missing'])
  })

  test('durations and sizes are read with their units', () => {
    const { upstream, limits, shutdownTimeout } = accepted(
      'version: 1\nupstream: { idleTimeout: 250ms, responseTimeout: 1h }\nlimits: { headerBytes: 1MiB }\nshutdownTimeout: 0s',
    )
    assert.equal(upstream.idleTimeout, 250)
    assert.equal(upstream.responseTimeout, 3_600_000)
    assert.equal(limits.headerBytes, 1_048_576)
    assert.equal(shutdownTimeout, 0)
  })

  test('everything that is wrong is said at once, each with its place', () => {
    const text = `version: 1
listen:
  ports: 8128
plainHttp: upgrad
via: yes please
upstream:
  idleTimeout: 30
  connectTimeout: 0s
  responseTimeout: 30d
limits:
  headerBytes: 64kb
  headerFields: 0
`
    assert.deepEqual(refused(text), [
      '3:3: `ports` is not a known setting; did you mean `port`?',
      '4:12: `plainHttp` must be `upgrade` or `reject`',
      '5:6: `via` must be true or false, not text',
      '7:16: `upstream.idleTimeout` must be a duration like 250ms, 30s, 5m, 1h or 2d',
      '8:19: `upstream.connectTimeout` must be longer than that',
      '9:20: `upstream.responseTimeout` must be at most 24d',
      '11:16: `limits.headerBytes` must be a size like 512B, 64KiB or 1MiB',
      '12:17: `limits.headerFields` must be at least 1',
    ])
  })

  test('a head limit that no request could keep is refused', () => {
    assert.deepEqual(refused('version: 1\nlimits: { headerBytes: 64B }'), [
      '2:24: `limits.headerBytes` must be at least 1KiB',
    ])
  })

  test('a missing or another version is refused', () => {
    assert.deepEqual(refused('via: true'), ['1:1: `version` is missing'])
    assert.deepEqual(refused('version: 2'), ['1:10: `version` must be `1`'])
  })

  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) {
    test(`listening on ${host} is allowed`, () => {
      assert.equal(accepted(`version: 1\nlisten: { host: "${host}" }`).listen.host, host)
    })
  }

  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'fd00::1', 'proxy.example']) {
    test(`listening on ${host} takes allowRemote, and users, because others can reach it`, () => {
      const users = `users: [{ name: a, passwordHash: "${passwordHash('secret')}" }]`
      const listening = (...rest: string[]) => `version: 1\nlisten: { host: "${host}", ${rest.join(', ')} }`
      for (const rest of ['allowRemote: false', users, 'allowRemote: true', 'allowRemote: true, users: []']) {
        const problems = refused(listening(rest))
        assert.equal(problems.length, 1)
        assert.match(
          problems[0] ?? '',
          /^2:17: `listen\.host` must be a loopback address, unless .*runners have to say who they are/,
        )
      }
      assert.equal(accepted(listening('allowRemote: true', users)).listen.host, host)
      const tls = (rest = '') => `tls: { cert: a, key: b${rest} }`
      assert.equal(refused(listening('allowRemote: true', tls())).length, 1)
      assert.equal(accepted(listening('allowRemote: true', tls(', clientCa: c'))).listen.host, host)
    })
  }

  test('listen.tls names files, relative to the settings; users and clientCa exclude each other', () => {
    const tls = (text: string, more = '') => `version: 1\nlisten: { tls: { ${text} }${more} }`
    const files = { cert: '/etc/certhop/a.crt', key: '/keys/a.key' }
    assert.deepEqual(accepted(tls('cert: a.crt, key: /keys/a.key')).listen.tls, { ...files, clientCa: null })
    assert.deepEqual(accepted(tls('cert: a.crt, key: /keys/a.key, clientCa: tls/ca.crt')).listen.tls, {
      ...files,
      clientCa: '/etc/certhop/tls/ca.crt',
    })
    assert.match(refused(tls('cert: a')).join(), /`listen\.tls\.key` is missing/)
    assert.match(refused(tls('cert: a, key: "", clientCa: ""')).join(), /must not be empty/)
    const users = `, users: [{ name: a, passwordHash: "${passwordHash('secret')}" }]`
    accepted(tls('cert: a, key: b', users))
    assert.match(
      refused(tls('cert: a, key: b, clientCa: c', users)).join(),
      /^2:\d+: `listen\.users` and `listen\.tls\.clientCa` both say who a runner is \(remove one/,
    )
  })

  describe('users', () => {
    const HASH = passwordHash('secret')
    const users = (...all: string[]) => `version: 1\nlisten: { users: [${all.join(', ')}] }`
    const user = (name: string, hash = HASH) => `{ name: "${name}", passwordHash: "${hash}" }`

    test('are names, or several joined, with what hash-password prints', () => {
      const { listen } = accepted(users(user('payments'), user('a+b.c_d-e'), user('0')))
      assert.deepEqual(listen.users, [
        { name: 'payments', passwordHash: parsePasswordHash(HASH) },
        { name: 'a+b.c_d-e', passwordHash: parsePasswordHash(HASH) },
        { name: '0', passwordHash: parsePasswordHash(HASH) },
      ])
    })

    test('are refused with a name that no group has, or that another user has', () => {
      for (const name of ['', 'A', 'a:b', '+', 'a+', '+a', 'a++b', 'a b', 'ü', 'a'.repeat(65)]) {
        assert.match(refused(users(user('x'), user(name))).join(), /^2:\d+: `name` must be at/, name)
      }
      assert.match(
        refused(users(user('a'), user('b'), user('a'))).join(),
        /^2:\d+: `name` is the name of another user already/,
      )
    })

    test('are refused with anything but a hash, and nothing of it is shown', () => {
      const hash = (parameters: string) => HASH.replace('ln=1,r=8,p=1', parameters)
      for (const wrong of [
        '',
        'hunter2',
        HASH.slice(1),
        `${HASH} `,
        HASH.replace('scrypt', 'argon2id'),
        HASH.slice(0, -20),
        hash('ln=0,r=8,p=1'),
        hash('ln=15,r=0,p=1'),
        hash('ln=15,r=8,p=0'),
        hash('ln=19,r=8,p=1'),
        hash('ln=99,r=99,p=99'),
        hash('r=8,ln=15,p=1'),
      ]) {
        const [problem, ...others] = refused(users(user('a', wrong)))
        assert.deepEqual(others, [])
        assert.match(
          problem ?? '',
          /^2:\d+: `passwordHash` must be what `certhop secrets hash-password` prints/,
        )
        if (wrong !== '') assert(!problem?.includes(wrong))
      }
      accepted(users(user('a', hash('ln=17,r=8,p=1'))))
    })

    test('need both, and know no more', () => {
      assert.match(refused(users('{ name: a }')).join(), /`passwordHash` is missing/)
      assert.match(refused(users('{ name: a, password: x }')).join(), /`password` is not a known setting/)
    })
  })

  describe('admin', () => {
    const admin = (value: string) => `version: 1\nadmin: ${value}`

    test('is an address on loopback, or off', () => {
      assert.deepEqual(accepted(admin('{ host: "::1", port: 0 }')).admin, { host: '::1', port: 0 })
      assert.deepEqual(accepted(admin('{ port: 9000 }')).admin, { host: '127.0.0.1', port: 9000 })
      assert.equal(accepted(admin('off')).admin, null)
    })

    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'admin.example']) {
      test(`is refused on ${host}, which others can reach`, () => {
        assert.match(
          refused(admin(`{ host: "${host}" }`)).join(),
          /^2:16: `admin\.host` must be a loopback address \(.*ssh -L.*\)$/,
        )
      })
    }

    test('knows nothing else', () => {
      const shapes = '2:8: `admin` must be `off` or {host: ADDRESS, port: NUMBER}'
      assert.deepEqual(refused(admin('true')), [shapes])
      assert.deepEqual(refused(admin('127.0.0.1:8129')), [shapes])
      assert.match(refused(admin('{ token: canary }')).join(), /`token` is not a known setting/)
    })
  })

  test('resolve takes hosts and addresses with or without a port, in any spelling', () => {
    const { resolve } = accepted(`version: 1
resolve:
  API.example.test.: 127.0.0.1
  api.example.test:443: 127.0.0.1:8443
  "[2001:DB8::1]:443": "::1"
`)
    assert.deepEqual(resolve, {
      'api.example.test': '127.0.0.1',
      'api.example.test:443': '127.0.0.1:8443',
      '[2001:db8::1]:443': '[::1]',
    })
  })

  test('resolve refuses what is no host', () => {
    assert.deepEqual(
      refused('version: 1\nresolve:\n  https://api.example: 127.0.0.1\n  api.example: 127.0.0.1:0'),
      [
        '3:24: `resolve.https://api.example` must map `host` or `host:port` to `address` or `address:port`',
        '4:16: `resolve.api.example` must map `host` or `host:port` to `address` or `address:port`',
      ],
    )
  })

  test('destinations.deny takes CIDRs, addresses and host patterns, and refuses what is neither', () => {
    const deny = ['10.0.0.0/8', 'fd00::/8', '169.254.169.254', '*.internal']
    assert.deepEqual(
      accepted(`version: 1\ndestinations: { deny: ${JSON.stringify(deny)} }`).destinations.deny,
      deny,
    )
    for (const text of [
      '10.0.0.0/33',
      '10.0.0/8',
      'fd00::/129',
      'a.example/8',
      '10.0.0.0/',
      '10.0.0.0/8/8',
    ]) {
      assert.match(
        refused(`version: 1\ndestinations: { deny: ["${text}"] }`)[0] ?? '',
        /^2:24: .* must be a CIDR/,
      )
    }
  })

  test('destinations.allow takes CIDRs and addresses alone, destinations.ports the numbers of ports', () => {
    const { allow, ports } = accepted(
      'version: 1\ndestinations: { allow: [169.254.10.1, "fe80::/10"], ports: [443, 8443] }',
    ).destinations
    assert.deepEqual(
      [allow, ports],
      [
        ['169.254.10.1', 'fe80::/10'],
        [443, 8443],
      ],
    )
    assert.match(
      refused('version: 1\ndestinations: { allow: [a.test] }')[0] ?? '',
      /must be an address or a CIDR/,
    )
    for (const port of [0, 65536, '"443"'])
      assert.match(refused(`version: 1\ndestinations: { ports: [${port}] }`)[0] ?? '', /^2:25: /)
  })

  test('egressProxy is a URL, or one with the hosts that are reached without it', () => {
    const at = (value: string) => accepted(`version: 1\negressProxy: ${value}`).egressProxy
    const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`
    const proxy = { host: 'proxy.corp', port: 3128, authorization: null, noProxy: [] }
    assert.equal(at('null'), null)
    assert.deepEqual(at('http://proxy.corp:3128'), proxy)
    assert.deepEqual(at('HTTP://PROXY.corp.:3128/'), proxy)
    assert.deepEqual(at('http://proxy.corp'), { ...proxy, port: 80 })
    assert.deepEqual(at('http://[2001:DB8::1]:3128'), { ...proxy, host: '2001:db8::1' })
    assert.deepEqual(at('http://ann:pa@s:s@proxy.corp:3128'), {
      ...proxy,
      authorization: basic('ann:pa@s:s'),
    })
    assert.deepEqual(at('http://corp%5Cann:%C3%A9%3A%2f%25@proxy.corp:3128'), {
      ...proxy,
      authorization: basic('corp\\ann:é:/%'),
    })
    assert.deepEqual(at('http://token@proxy.corp:3128'), { ...proxy, authorization: basic('token:') })
    const noProxy = ['localhost', '*.corp.example', '10.0.0.0/8', '::1']
    assert.deepEqual(at(`{ url: http://proxy.corp:3128, noProxy: ${JSON.stringify(noProxy)} }`), {
      ...proxy,
      noProxy,
    })
  })

  test('what is wrong with egressProxy is said with its place, and never with its password', () => {
    const wrong: [value: string, problem: RegExp][] = [
      ['https://ann:canary@proxy.corp:3128', /^2:14: `egressProxy` must begin with http:\/\/ \(.*in clear/],
      ['socks5://ann:canary@proxy.corp:1080', /^2:14: `egressProxy` must begin with http:\/\//],
      ['proxy.corp:3128', /^2:14: `egressProxy` must be a URL like http:\/\/user:password@/],
      ['http://ann:canary@', /^2:14: `egressProxy` must be a URL/],
      ['http://ann:canary@proxy.corp:0', /^2:14: `egressProxy` must be a URL/],
      ['http://ann:canary@proxy.corp:99999', /^2:14: `egressProxy` must be a URL/],
      ['http://ann:canary@proxy.corp:3128/path', /^2:14: `egressProxy` must end after the port/],
      ['http://ann:canary@proxy.corp:3128?q', /^2:14: `egressProxy` must end after the port/],
      ['http://ann:1/canary@proxy.corp:3128', /^2:14: .*%2F for \//],
      ['http://ann:canary#@proxy.corp:3128', /^2:14: .*%23 for #/],
      ['http://ann:can%zzary@proxy.corp:3128', /^2:14: `egressProxy` holds a % /],
      ['http://ann:canary%FF@proxy.corp:3128', /^2:14: `egressProxy` holds a % /],
      ['http://an%3An:canary@proxy.corp:3128', /^2:14: `egressProxy` has a user with a colon/],
      ['{ url: "ftp://ann:canary@proxy.corp" }', /^2:21: `egressProxy\.url` must be a URL/],
      ['{ http://ann:canary@proxy.corp:3128 }', /^2:16: this is not a known setting/],
      ['{ noProxy: [a.test] }', /^2:14: `egressProxy\.url` is missing/],
      ['[http://ann:canary@proxy.corp]', /^2:14: `egressProxy` cannot be a list/],
      ['3128', /^2:14: `egressProxy` cannot be a number/],
      ['{ url: http://a, noProxy: [10.0.0.0/33] }', /^2:41: `noProxy` must be a CIDR/],
      ['{ url: http://a, noProxy: ["!b"] }', /^2:41: `egressProxy\.noProxy`: the pattern starts with `!`/],
    ]
    for (const [value, problem] of wrong) {
      const problems = refused(`version: 1\negressProxy: ${value}`)
      assert.ok(
        problems.some(text => problem.test(text)),
        `${value}: ${problems}`,
      )
      assert.doesNotMatch(problems.join(), /canary|\bann\b/)
    }
  })

  test('host patterns are judged by the rules they are handed, each where it stands', () => {
    const text =
      'version: 1\nrequireCertificate: [a.test, "!b.test"]\ndestinations: { deny: ["!c.test", 10.0.0.1] }'
    assert.deepEqual(refused(text), [
      '2:30: `requireCertificate`: the pattern starts with `!` (write it without)',
      '3:24: `destinations.deny`: the pattern starts with `!` (write it without)',
    ])
  })

  test('a file that cannot be read is a problem with a place, not an exception', async () => {
    const missing = await loadSettings(join(folder, 'none.yaml'), checkPattern)
    assert.equal(missing.settings, null)
    assert.deepEqual(missing.problems.map(formatProblem), [`${folder}/none.yaml:1:1: there is no such file`])
    const directory = await loadSettings(folder, checkPattern)
    assert.deepEqual(directory.problems.map(formatProblem), [`${folder}:1:1: cannot be read (EISDIR)`])
  })

  test('the settings file is the named one, or the one the environment names, or the first usual one', async () => {
    const config = join(folder, 'config')
    const locate = (option?: string, variable?: string) => locateSettings({ option, variable, folder })
    assert.equal(locate(), null)
    await mkdir(config)
    await writeFile(join(config, 'certhop.yaml'), '')
    assert.equal(locate(), join(config, 'certhop.yaml'))
    await writeFile(join(folder, 'certhop.yaml'), '')
    assert.equal(locate(undefined, ''), join(folder, 'certhop.yaml'))
    assert.equal(locate(undefined, 'env.yaml'), join(folder, 'env.yaml'))
    assert.equal(locate('/named.yaml', 'env.yaml'), '/named.yaml')
  })
})
