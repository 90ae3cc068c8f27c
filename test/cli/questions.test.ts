import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { main } from '../../src/cli/main.ts'
import { createAuthority } from '../support/certificates.ts'
import { TestIo } from '../support/io.ts'
import { registryText } from '../support/registry-folder.ts'

const DAY = 86_400_000

const REGISTRY = `version: 1
certificates:
  - {id: wildcard, host: "*.example.test", addedAt: 2026-01-01T00:00:00Z, cert: wildcard.crt, key: wildcard.key}
  - {id: full, host: api.example.test, addedAt: 2026-02-01T00:00:00Z, cert: full.crt, key: full.key, ca: ca.crt}
  - {id: port, host: [port.example.test], port: 8443, addedAt: 2026-02-01T00:00:00Z, cert: full.crt, key: full.key}
  - {id: broken, host: broken.test, addedAt: 2026-03-01T00:00:00Z, cert: full.crt, key: wildcard.key}
  - {id: expired, host: expired.test, addedAt: 2026-03-01T00:00:00Z, cert: expired.crt, key: expired.key}
  - {id: early, host: early.test, addedAt: 2026-03-01T00:00:00Z, cert: early.crt, key: early.key}
`

describe('commands that ask about the configuration', () => {
  let folder: string

  async function certhop(...args: string[]) {
    const io = new TestIo(folder)
    const status = await main(args, io)
    return { status, stdout: io.stdout.text, stderr: io.stderr.text }
  }

  async function explain(target: string, settings = 'certhop.yaml') {
    const { status, stdout, stderr } = await certhop('explain', '--json', '--config', settings, target)
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-cli-'))
    const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 })
    const authority = await createAuthority({ name: 'Root' })
    await write('ca.crt', authority.pem)
    const clients = {
      wildcard: {},
      full: {},
      expired: { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) },
      early: { notBefore: new Date(Date.now() + DAY), notAfter: new Date(Date.now() + 2 * DAY) },
    }
    for (const [name, validity] of Object.entries(clients)) {
      const client = await authority.client({ name, ...validity })
      await write(`${name}.crt`, client.chain)
      await write(`${name}.key`, client.key())
    }
    await write('registry.yaml', REGISTRY)
    await write('certhop.yaml', 'version: 1\n')
    await write(
      'groups.yaml',
      registryText(
        'id: everybody, host: "*", cert: full.crt, key: full.key',
        'id: payments, host: api.test, groups: [payments, billing], cert: wildcard.crt, key: wildcard.key',
      ),
    )
    await write('strict.yaml', 'version: 1\nplainHttp: reject\nunmatched: reject\n')
    await write('required.yaml', 'version: 1\nrequireCertificate: ["*.required.test"]\n')
    await write('good.yaml', `${REGISTRY.split('\n').slice(0, 4).join('\n')}\n`)
    await write('bad-settings.yaml', 'version: 1\nplainHttp: maybe\nunmatched: maybe\n')
    await write(
      'bad-registry.yaml',
      'version: 1\ncertificates:\n  - {id: NO, host: a.test, cert: a, key: b}\n',
    )
  })
  after(() => rm(folder, { recursive: true }))

  describe('explain', () => {
    test('prints the decision with every candidate in the documented shape', async () => {
      assert.deepEqual(await explain('api.example.test'), {
        target: { scheme: 'https', host: 'api.example.test', port: 443, groups: [] },
        certificate: 'full',
        rule: 'full',
        reason: '`full` wins over 1 other: it names the host in full',
        usable: true,
        error: null,
        way: 'tls',
        candidates: [
          {
            id: 'full',
            pattern: 'api.example.test',
            rule: 'full',
            addedAt: '2026-02-01T00:00:00.000Z',
            position: 2,
            wins: true,
            why: 'a full host name wins over a wildcard',
          },
          {
            id: 'wildcard',
            pattern: '*.example.test',
            rule: 'wildcard',
            addedAt: '2026-01-01T00:00:00.000Z',
            position: 1,
            wins: false,
            why: 'a wildcard; `full` names the host in full',
          },
        ],
      })
    })

    const TARGETS: Record<string, { scheme: string; host: string; port: number }> = {
      'api.example.test': { scheme: 'https', host: 'api.example.test', port: 443 },
      'API.Example.Test.': { scheme: 'https', host: 'api.example.test', port: 443 },
      'api.example.test:8443': { scheme: 'https', host: 'api.example.test', port: 8443 },
      'api.example.test/a?b': { scheme: 'https', host: 'api.example.test', port: 443 },
      'api.example.test:80': { scheme: 'http', host: 'api.example.test', port: 80 },
      'http://api.example.test/a?b': { scheme: 'http', host: 'api.example.test', port: 80 },
      'https://api.example.test:444': { scheme: 'https', host: 'api.example.test', port: 444 },
      'wss://api.example.test/feed': { scheme: 'https', host: 'api.example.test', port: 443 },
      '::1': { scheme: 'https', host: '::1', port: 443 },
      '[::1]:8443': { scheme: 'https', host: '::1', port: 8443 },
    }
    for (const [text, target] of Object.entries(TARGETS)) {
      test(`takes ${text} for ${target.scheme}, ${target.host}, port ${target.port}`, async () => {
        assert.deepEqual((await explain(text)).target, { ...target, groups: [] })
      })
    }

    for (const text of [
      '',
      'a b',
      'ftp://a.test',
      'https://',
      'a.test:0',

      'https://user@a.test/',
    ]) {
      test(`refuses the target "${text}"`, async () => {
        const { status, stdout, stderr } = await certhop('explain', '--registry', 'registry.yaml', text)
        assert.equal(status, 2)
        assert.equal(stdout, '')
        assert.match(stderr, /is not a host, host:port or URL/)
      })
    }

    test('compares the port of an entry with the one that the request goes out to', async () => {
      assert.equal((await explain('port.example.test:8443')).certificate, 'port')
      assert.equal((await explain('http://port.example.test:8443')).certificate, 'port')
      assert.equal((await explain('http://port.example.test')).certificate, 'wildcard')
    })

    test('says which way a request goes that no certificate matches', async () => {
      const { certificate, rule, usable, way, candidates } = await explain('https://other.test')
      assert.deepEqual(
        { certificate, rule, usable, way },
        { certificate: null, rule: 'none', usable: false, way: 'tunnel' },
      )
      assert.deepEqual(candidates, [])
      assert.equal((await explain('http://other.test')).way, 'plain')
    })

    const REFUSED: [target: string, settings: string, code: string][] = [
      ['http://api.example.test', 'strict.yaml', 'plain_http_refused'],
      ['https://other.test', 'strict.yaml', 'certificate_required'],
      ['https://a.required.test', 'required.yaml', 'certificate_required'],
      ['https://broken.test', 'certhop.yaml', 'client_key_mismatch'],
      ['https://expired.test', 'certhop.yaml', 'client_certificate_expired'],
    ]
    for (const [target, settings, code] of REFUSED) {
      test(`says that ${target} is refused with ${code} under ${settings}`, async () => {
        const { way, error, usable } = await explain(target, settings)
        assert.equal(way, 'refused')
        assert.equal(error.code, code)
        assert.notEqual(error.message, '')
        assert.notEqual(error.hint, '')
        if (code.startsWith('client_')) assert.equal(usable, false)
      })
    }

    test('a certificate that is not valid yet is left out, with the reason', async () => {
      const { certificate, reason } = await explain('early.test')
      assert.equal(certificate, null)
      assert.match(reason, /`early` is left out: its certificate is not valid before/)
    })

    test('answers for the groups that a proxy user names', async () => {
      const registry = ['--registry', 'groups.yaml']
      const asked = await certhop('explain', '--json', ...registry, '--group', 'orders+billing', 'api.test')
      const { target, certificate } = JSON.parse(asked.stdout)
      assert.deepEqual([target.groups, certificate], [['orders', 'billing'], 'payments'])
      const { stdout } = await certhop('explain', ...registry, '--group', 'orders', 'api.test')
      assert.match(stdout, /^target .*\ngroups {7}orders\ncertificate {2}everybody\n/)
      assert.match(stdout, /`payments` is left out: it is for the groups `payments`, `billing` only/)
      const without = await certhop('explain', ...registry, 'api.test')
      assert.match(without.stdout, /^target .*\ncertificate {2}everybody\n/)
    })

    test('prints the winner first and marked, without colours where there is no terminal', async () => {
      const { stdout } = await certhop('explain', '--registry', 'registry.yaml', 'api.example.test')
      assert.match(stdout, /^target {7}https:\/\/api\.example\.test:443\ncertificate {2}full\n/)
      assert.match(stdout, /\n\* +full .* wins: .*\n +wildcard .* loses: /)
      assert.doesNotMatch(stdout, /\x1b/)
    })
  })

  describe('list', () => {
    test('prints what is known of every certificate in the documented shape', async () => {
      const { status, stdout } = await certhop('list', '--json', '--registry', 'registry.yaml')
      assert.equal(status, 0)
      const { certificates } = JSON.parse(stdout)
      const { fingerprint256, serialNumber, notBefore, notAfter, ...full } = certificates[1]
      assert.deepEqual(full, {
        id: 'full',
        hosts: ['api.example.test'],
        port: null,
        groups: [],
        addedAt: '2026-02-01T00:00:00.000Z',
        subject: full.subject,
        issuer: full.issuer,
        keyType: 'EC P-256',
        daysLeft: 364,
        usable: true,
        error: null,
      })
      assert.match(full.subject, /CN=full/)
      assert.match(full.issuer, /CN=Root/)
      assert.match(fingerprint256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
      assert.match(serialNumber, /^[0-9A-F]+$/)
      assert(Date.parse(notBefore) < Date.now() && Date.parse(notAfter) > Date.now())
    })

    test('says of each certificate whether it can be used, and why not', async () => {
      const { stdout } = await certhop('list', '--json', '--registry', 'registry.yaml')
      const { certificates } = JSON.parse(stdout)
      const states = certificates.map(
        (each: { id: string; usable: boolean; error: { code: string } | null }) => [
          each.id,
          each.usable,
          each.error?.code ?? null,
        ],
      )
      assert.deepEqual(states, [
        ['wildcard', true, null],
        ['full', true, null],
        ['port', true, null],
        ['broken', false, 'client_key_mismatch'],
        ['expired', false, 'client_certificate_expired'],
        ['early', false, null],
      ])
    })

    test('puts what is urgent first when it is asked to: what cannot be used, then by days left', async () => {
      const { stdout } = await certhop('list', '--json', '--sort', 'urgency', '--registry', 'registry.yaml')
      const ids = JSON.parse(stdout).certificates.map(({ id }: { id: string }) => id)
      assert.deepEqual(ids.slice(0, 3), ['broken', 'expired', 'early'])
      assert.deepEqual(ids.slice(3).sort(), ['full', 'port', 'wildcard'])
      const { status, stderr } = await certhop('list', '--sort', 'name', '--registry', 'registry.yaml')
      assert.equal(status, 2)
      assert.match(stderr, /urgency/)
    })

    test('shows the groups of each', async () => {
      const { stdout } = await certhop('list', '--registry', 'groups.yaml')
      assert.match(stdout, /\npayments +api\.test +payments billing +CN=/)
      const { stdout: json } = await certhop('list', '--json', '--registry', 'groups.yaml')
      const groups = JSON.parse(json).certificates.map((each: { groups: string[] }) => each.groups)
      assert.deepEqual(groups, [[], ['payments', 'billing']])
    })

    test('prints a table for people', async () => {
      const { stdout } = await certhop('list', '--registry', 'registry.yaml')
      const [heading, ...rows] = stdout.trimEnd().split('\n')
      assert.match(
        heading ?? '',
        /^id +host +groups +subject +issuer +not after +days left +added at +state$/,
      )
      assert.equal(rows.length, 6)
      assert.match(rows[2] ?? '', /^port +port\.example\.test port 8443 .* usable$/)
      assert.match(rows[3] ?? '', /client_key_mismatch$/)
      assert.match(rows[5] ?? '', /not valid yet$/)
    })
  })

  describe('check', () => {
    test('opens the files of `listen.tls` as well', async () => {
      const tls = (key: string) => `version: 1\nlisten: { tls: { cert: full.crt, key: ${key} } }\n`
      await writeFile(join(folder, 'tls.yaml'), tls('wildcard.key'))
      const { status, stdout } = await certhop('check', '--config', 'tls.yaml', '--registry', 'good.yaml')
      assert.equal(status, 2)
      assert.match(stdout, /tls\.yaml:1:1: listen\.tls: the key does not belong to the certificate/)
      await writeFile(join(folder, 'tls.yaml'), tls('full.key'))
      assert.equal((await certhop('check', '--config', 'tls.yaml', '--registry', 'good.yaml')).status, 0)
    })

    test('is content with a good configuration', async () => {
      const { status, stdout, stderr } = await certhop('check', '--registry', 'good.yaml')
      assert.equal(stdout, 'ok: 2 certificates\n')
      assert.equal(status, 0)
      assert.equal(stderr, '')
    })

    test('prints every problem of the settings on stdout as file:line:column', async () => {
      const { status, stdout } = await certhop('check', '--config', 'bad-settings.yaml')
      assert.equal(status, 2)
      const [first, second] = stdout.split('\n')
      assert.equal(first, `${folder}/bad-settings.yaml:2:12: \`plainHttp\` must be \`upgrade\` or \`reject\``)
      assert.equal(
        second,
        `${folder}/bad-settings.yaml:3:12: \`unmatched\` must be \`forward\` or \`reject\``,
      )
    })

    test('finds entries that cannot be used, and fails', async () => {
      const { status, stdout } = await certhop('check', '--config', 'certhop.yaml')
      assert.equal(status, 2)
      assert.match(stdout, /registry\.yaml:6:\d+: /)
      assert.match(stdout, /registry\.yaml:7:\d+: /)
    })

    test('prints the documented JSON', async () => {
      const { status, stdout } = await certhop('check', '--json', '--registry', 'bad-registry.yaml')
      assert.equal(status, 2)
      const { ok, problems } = JSON.parse(stdout)
      assert.equal(ok, false)
      assert.deepEqual(Object.keys(problems[0]), ['file', 'line', 'column', 'code', 'message', 'hint'])
      assert.equal(problems[0].file, `${folder}/bad-registry.yaml`)
      assert.equal(problems[0].line, 3)
      const good = JSON.parse((await certhop('check', '--json', '--registry', 'good.yaml')).stdout)
      assert.deepEqual(good, { ok: true, problems: [] })
    })
  })

  for (const command of [['explain', 'a.test'], ['list'], ['serve']]) {
    test(`${command[0]} with an invalid registry prints its problems on stderr and ends with status 2`, async () => {
      const { status, stdout, stderr } = await certhop(...command, '--registry', 'bad-registry.yaml')
      assert.equal(status, 2)
      assert.equal(stdout, '')
      assert.match(stderr, /bad-registry\.yaml:3:\d+: `id` /)
    })

    test(`${command[0]} with invalid settings prints their problems on stderr and ends with status 2`, async () => {
      const { status, stdout, stderr } = await certhop(...command, '--config', 'bad-settings.yaml')
      assert.equal(status, 2)
      assert.equal(stdout, '')
      assert.equal(stderr.trimEnd().split('\n').length, 2)
    })
  }
})
