import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { Certhop } from '../support/certhop.ts'
import { type Certificate, createAuthority, type KeyType } from '../support/certificates.ts'
import { type Outcome, ROOT, runCommand } from '../support/command.ts'
import { type Nginx, type NginxAnswer, startMtlsNginx } from '../support/nginx.ts'

/** Unmodified HTTP clients, told of the proxy by their environment alone. Each prints the body and, on failure, may exit non-zero. */
const RUNNERS: Record<string, (url: string, environment: NodeJS.ProcessEnv) => Promise<Outcome>> = {
  curl: (url, env) => runCommand('curl', ['--silent', '--show-error', url], { env }),
  wget: (url, env) =>
    runCommand('wget', ['--quiet', '--content-on-error', '--output-document=-', url], { env }),
  'Python urllib': (url, env) => runCommand('python3', ['-c', PYTHON, url], { env }),
  'Node fetch': (url, env) => runCommand(process.execPath, ['-e', NODE, url], { env }),
}

const PYTHON = `
import sys, urllib.error, urllib.request
try:
    response = urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as error:
    response = error
print(response.read().decode())
`

const NODE =
  'fetch(process.argv[1]).then(response => response.text()).then(text => process.stdout.write(text))'

/** What is in the registry, and who nginx must have seen. */
interface Case {
  does: string
  /** Host of the URL; the port is left out, or that of nginx's second or third port. */
  host: string
  port?: 1 | 2
  certificate: string
  rule: 'full' | 'wildcard'
  reason: RegExp
}

const CASES: Case[] = [
  {
    does: 'a full host name wins over a newer wildcard',
    host: 'full.example.test',
    certificate: 'full',
    rule: 'full',
    reason: /a full host name wins over a wildcard/,
  },
  {
    does: 'of two wildcards the most recently added wins',
    host: 'any.example.test',
    certificate: 'wildcard-newer',
    rule: 'wildcard',
    reason: /addedAt 2026-03-01T00:00:00.000Z is later than 2026-02-01T00:00:00.000Z/,
  },
  {
    does: 'of two full names the most recently added wins, wherever it stands in the file',
    host: 'renewed.example.test',
    certificate: 'renewed-newer',
    rule: 'full',
    reason: /addedAt 2026-06-01T00:00:00.000Z is later than 2026-05-01T00:00:00.000Z/,
  },
  {
    does: 'an entry for a port wins on that port',
    host: 'ports.example.test',
    port: 1,
    certificate: 'ports-first',
    rule: 'full',
    reason: /a full host name wins/,
  },
  {
    does: 'an entry for another port wins on that one',
    host: 'ports.example.test',
    port: 2,
    certificate: 'ports-second',
    rule: 'full',
    reason: /a full host name wins/,
  },
  {
    does: 'a port without an entry of its own gets the wildcard',
    host: 'ports.example.test',
    certificate: 'wildcard-newer',
    rule: 'wildcard',
    reason: /most recently added wildcard/,
  },
  {
    does: 'an encrypted key is opened with its passphrase',
    host: 'encrypted.example.test',
    certificate: 'encrypted',
    rule: 'full',
    reason: /a full host name wins/,
  },
  {
    does: 'a server of another authority is trusted where the entry says so',
    host: 'private.other.test',
    certificate: 'custom-ca',
    rule: 'wildcard',
    reason: /the only candidate/,
  },
]

/** id, host, addedAt, and what else the entry says. */
const ENTRIES: readonly (readonly [id: string, host: string, addedAt: string, more?: string])[] = [
  ['full', 'full.example.test', '2026-01-01'],
  ['wildcard-newer', '*.example.test', '2026-03-01'],
  ['wildcard-older', '*.example.test', '2026-02-01'],
  ['renewed-newer', 'renewed.example.test', '2026-06-01'],
  ['renewed-older', 'renewed.example.test', '2026-05-01'],
  ['ports-first', 'ports.example.test', '2026-01-01', 'port: FIRST'],
  ['ports-second', 'ports.example.test', '2026-01-01', 'port: SECOND'],
  ['encrypted', 'encrypted.example.test', '2026-01-01', 'passphrase: {file: passphrase}'],
  ['wrong-passphrase', 'wrong.example.test', '2026-01-01', 'passphrase: {env: WRONG_PASSPHRASE}'],
  ['custom-ca', '*.other.test', '2026-01-01', 'ca: other-ca.crt'],
]

/** Also the type of each key, in turn. */
const KEY_TYPES: KeyType[] = ['P-256', 'RSA-2048', 'Ed25519', 'P-384']
const PASSPHRASE = 'right'

function registry(ports: readonly number[]): string {
  const entries = ENTRIES.map(([id, host, addedAt, more = '']) => {
    const ca = more.includes('ca:') ? '' : 'ca: ca.crt, '
    const rest = more.replace('FIRST', String(ports[1])).replace('SECOND', String(ports[2]))
    return `  - {id: ${id}, host: "${host}", addedAt: ${addedAt}T00:00:00Z, cert: ${id}.crt, key: ${id}.key, ${ca}${rest}}`
  })
  return `version: 1\ncertificates:\n${entries.join('\n')}\n`
}

/** nginx's first port in the place of 443; the others are reached by their numbers. */
function settings(ports: readonly number[]): string {
  const hosts = [...CASES.map(each => each.host), 'wrong.example.test']
  const lines = new Set(
    hosts.flatMap(host => [`  ${host}:443: 127.0.0.1:${ports[0]}`, `  ${host}: 127.0.0.1`]),
  )
  return `version: 1\nstateDirectory: ./state\nlisten: {port: 0}\nlog: {level: warn}\nresolve:\n${[...lines].join('\n')}\n`
}

describe('unmodified runners reach an mTLS server with HTTP_PROXY set and nothing else', () => {
  let folder: string
  let nginx: Nginx
  let certhop: Certhop
  let environment: NodeJS.ProcessEnv

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certhop-peers-'))
    const authority = await createAuthority({ name: 'Root' })
    const other = await createAuthority({ name: 'Other root' })
    nginx = await startMtlsNginx(await servers(authority, other))
    const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 })
    await write('ca.crt', authority.pem)
    await write('other-ca.crt', other.pem)
    await write('passphrase', `${PASSPHRASE}\n`)
    for (const [index, [id, , , more = '']] of ENTRIES.entries()) {
      const keyType = KEY_TYPES[index % KEY_TYPES.length] ?? 'P-256'
      const client = await authority.client({ name: id, organization: 'Checks', keyType })
      await write(`${id}.crt`, client.chain)
      await write(`${id}.key`, client.key(more.includes('passphrase') ? PASSPHRASE : undefined))
    }
    await write('registry.yaml', registry(nginx.ports))
    await write('certhop.yaml', settings(nginx.ports))
    const variables = { ...process.env, WRONG_PASSPHRASE: 'wrong' }
    certhop = new Certhop(['serve', '--config', join(folder, 'certhop.yaml')], variables)
    const proxy = await certhop.proxyUrl()
    const none = { NO_PROXY: '', no_proxy: '' }
    environment = { ...process.env, ...none, HTTP_PROXY: proxy, http_proxy: proxy, NODE_USE_ENV_PROXY: '1' }
  })

  after(async () => {
    await certhop?.command.stop()
    await nginx?.stop()
    await rm(folder, { recursive: true })
  })

  afterEach(context => {
    if ('passed' in context && context.passed) return
    process.stderr.write(`nginx:\n${nginx.log}\ncerthop:\n${certhop.command.stderr}\n`)
  })

  const urlOf = ({ host, port }: Case) =>
    `http://${host}${port === undefined ? '' : `:${nginx.ports[port]}`}/health?a=1`

  for (const expected of CASES) {
    for (const [name, run] of Object.entries(RUNNERS)) {
      test(`${name}: ${expected.does}`, async () => {
        const { stdout, stderr } = await run(urlOf(expected), environment)
        assert(stdout.startsWith('{'), `${stdout}${stderr}`)
        const answer: NginxAnswer = JSON.parse(stdout)
        assert.equal(answer.subject, `CN=${expected.certificate},O=Checks`)
        assert.equal(answer.method, 'GET')
        assert.equal(answer.uri, '/health?a=1')
        assert.equal(answer.serverName, expected.host)
        assert.equal(answer.port, nginx.ports[expected.port ?? 0])
        assert.equal(answer.host, new URL(urlOf(expected)).host)
      })
    }

    test(`explain: ${expected.does}`, async () => {
      const args = ['explain', '--json', '--config', join(folder, 'certhop.yaml'), urlOf(expected)]
      const { status, stdout, stderr } = await runCommand(process.execPath, [
        `${ROOT}bin/certhop.js`,
        ...args,
      ])
      assert.equal(status, 0, stderr)
      const { certificate, rule, usable, error, way, candidates } = JSON.parse(stdout)
      assert.deepEqual(
        { certificate, rule, usable, error, way },
        { certificate: expected.certificate, rule: expected.rule, usable: true, error: null, way: 'tls' },
      )
      assert.equal(candidates[0].id, expected.certificate)
      assert.match(candidates[0].why, expected.reason)
    })
  }

  for (const [name, run] of Object.entries(RUNNERS)) {
    test(`${name} is told that the passphrase of the winning entry is wrong`, async () => {
      const { stdout, stderr } = await run('http://wrong.example.test/health', environment)
      assert(stdout.startsWith('{'), `${stdout}${stderr}`)
      const problem = JSON.parse(stdout)
      assert.equal(problem.type, 'urn:certhop:error:passphrase_wrong')
      assert.equal(problem.status, 502)
      assert.equal(problem.certificate, 'wrong-passphrase')
    })
  }
})

async function servers(authority: Certificate, other: Certificate) {
  const names = ['*.example.test']
  const certificate = await authority.server({ name: '*.example.test' })
  const clientCa = authority.pem
  return [
    { names, certificate, clientCa },
    { names, certificate, clientCa, port: 1 },
    { names, certificate, clientCa, port: 2 },
    { names: ['*.other.test'], certificate: await other.server({ name: '*.other.test' }), clientCa },
  ]
}
