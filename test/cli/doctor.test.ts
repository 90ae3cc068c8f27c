import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import type { TlsOptions } from 'node:tls'
import { main } from '../../src/cli/main.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { type Examination, examine, runDoctor } from '../support/doctor.ts'
import { startEgressProxy } from '../support/egress-proxy.ts'
import { TestIo } from '../support/io.ts'
import { MINTED } from '../support/path.ts'
import { entry, RegistryFolder } from '../support/registry-folder.ts'
import {
  clientName,
  closedPort,
  listen,
  startFullServer,
  startHttpServer,
  startHttpsServer,
  startRawServer,
} from '../support/servers.ts'

const DAY = 86_400_000
const { authority, client, server } = MINTED
const other = await createAuthority({ name: 'Other authority' })
const stranger = await other.client({ name: 'stranger' })

const RESOLVE = { resolve: { 'api.test': '127.0.0.1' } }

interface Setup {
  /** Of the entry; null for a registry that knows another host only. */
  certificate?: Certificate | null
  passphrase?: string
  /** More of the entry, or instead of its trust in the test's authority. */
  rest?: string
}

/** A registry whose entry `api` is for api.test. */
async function registryOf(test: TestContext, setup: Setup = {}): Promise<RegistryFolder> {
  const { certificate = client, passphrase, rest = 'ca: ca.crt' } = setup
  const folder = await RegistryFolder.create()
  test.after(() => folder[Symbol.asyncDispose]())
  await folder.writePair('api', certificate ?? client, passphrase)
  await folder.write('ca.crt', authority.pem)
  await folder.writeRegistry(entry('api', certificate === null ? 'another.test' : 'api.test', rest))
  return folder
}

/** A server that demands a certificate of the test's authority, or of `setup`'s, and says whom it got. */
async function startApi(
  test: TestContext,
  setup: {
    certificate?: Certificate
    clientAuthority?: Certificate | null
    options?: TlsOptions
    status?: number
  } = {},
) {
  const { certificate = server, clientAuthority = authority, options = {}, status = 200 } = setup
  const seen: (string | null)[] = []
  const demand = clientAuthority === null ? {} : { clientAuthority }
  const tls = { certificate, options, ...demand }
  const port = await startHttpsServer(test, tls, (request, response) => {
    seen.push(clientName(request.socket))
    response.writeHead(status).end()
  })
  return { port, seen, url: `https://api.test:${port}/health` }
}

/** Asserts that a request would fail, that the walk ended as `way`, and what the verdict says. */
function assertNames(examination: Examination, way: string, ...verdict: RegExp[]): void {
  assert.equal(examination.way, way)
  assert.equal(examination.ok, false)
  assert.equal(examination.status, 1)
  for (const pattern of verdict) assert.match(examination.verdict, pattern)
}

const UP_TO_TCP = 'entry ✓, dns ✓, tcp ✓'
const UP_TO_TLS = `${UP_TO_TCP}, tls ✓`

describe('doctor', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`walks a request that succeeds and says what was found on the way (${version})`, async t => {
      const folder = await registryOf(t)
      const api = await startApi(t, { options: { minVersion: version, maxVersion: version } })
      const examination = await examine(folder.path, `${api.url}?token=canary`, RESOLVE)
      const { ok, status, target, verdict, way, step } = examination
      assert.equal(way, `${UP_TO_TLS}, certificate-request ✓, certificate-acceptance ✓, response ✓`)
      assert.deepEqual({ ok, status }, { ok: true, status: 0 })
      assert.deepEqual(target, { scheme: 'https', host: 'api.test', port: api.port, groups: [] })
      assert.match(
        step('entry').detail,
        /`api` is the only entry .*\/api\.crt, .*\/api\.key, .*\/ca\.crt; CN=runner, issued by CN=Test authority, valid from .* 364 days left/,
      )
      assert.match(step('dns').detail, /`resolve` leads to 127\.0\.0\.1/)
      assert.equal(step('tcp').detail, `127.0.0.1:${api.port}`)
      assert.match(
        step('tls').detail,
        new RegExp(`^${version}, ALPN http/1\\.1; CN=api\\.test ← CN=Test authority; for DNS:api\\.test`),
      )
      assert.match(step('certificate-request').detail, /asks for a certificate of CN=Test authority$/)
      assert.match(step('response').detail, /^200 OK to GET \/health\?…$/)
      assert.match(verdict, /^A request succeeds: api\.test:\d+ accepts `api`\.$/)
      for (const each of examination.steps.slice(0, 4)) assert(typeof each.ms === 'number')
      assert.deepEqual(api.seen, ['runner'])
      assert.doesNotMatch(JSON.stringify(examination), /canary/)
    })
  }

  test('--json prints every step in the documented shape, also those that were not reached', async t => {
    const folder = await registryOf(t)
    const { steps } = await examine(folder.path, `https://api.test:${await closedPort()}`, RESOLVE)
    assert.deepEqual(
      steps.map(step => step.name),
      ['entry', 'dns', 'tcp', 'tls', 'certificate-request', 'certificate-acceptance', 'response'],
    )
    for (const step of steps)
      assert.deepEqual(Object.keys(step), ['name', 'ok', 'ms', 'detail', 'code', 'hint'])
    const api = await startApi(t, { clientAuthority: null })
    const succeeded = await examine(folder.path, api.url, RESOLVE)
    assert.deepEqual(
      succeeded.steps.map(step => step.name),
      steps.map(step => step.name),
    )
    const unreached = { name: 'tls', ok: null, ms: null, detail: '', code: null, hint: '' }
    assert.deepEqual(steps[3], unreached)
  })

  test('for people it prints a line a step, with a mark and without colours where there is no terminal', async t => {
    const folder = await registryOf(t)
    const url = `https://api.test:${await closedPort()}`
    const { status, stdout, stderr } = await runDoctor(folder.path, url, RESOLVE)
    assert.equal(status, 1)
    assert.equal(stderr, '')
    assert.match(stdout, /^✓ entry +[\d.]+ ms {2}`api` is the only entry/)
    assert.match(
      stdout,
      /\n✗ TCP +[\d.]+ ms {2}connection_refused\n +Connecting to .*\n +→ Check host and port/,
    )
    assert.match(
      stdout,
      /\n– TLS\n– certificate request\n– certificate accepted\n– response\n\nConnecting to .*\n$/,
    )
    assert.doesNotMatch(stdout, /\x1b/)
  })

  test('each step is printed when it is done', async t => {
    const folder = await registryOf(t)
    const silent = await startRawServer(t)
    await folder.write('certhop.yaml', JSON.stringify({ version: 1, ...RESOLVE }))
    const io = new TestIo(folder.path)
    const ended = main(['doctor', '--config', 'certhop.yaml', `https://api.test:${silent.port}`], io)
    while (!io.stdout.text.includes('✓ TCP')) await once(io.stdout, 'text')
    assert.doesNotMatch(io.stdout.text, /TLS/)
    const connection = await silent.accept()
    connection.close()
    assert.equal(await ended, 1)
  })

  describe('names what is wrong with the entry, and dials nobody', () => {
    const expired = { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) }
    const FAULTS: Record<string, { setup: () => Promise<Setup>; code: string; verdict: RegExp }> = {
      'an expired certificate': {
        setup: async () => ({ certificate: await authority.client({ name: 'old', ...expired }) }),
        code: 'client_certificate_expired',
        verdict: /^The certificate of `api` expired at .* Put the renewed certificate in its place/,
      },
      'a wrong passphrase': {
        setup: async () => ({ passphrase: 'right', rest: 'ca: ca.crt, passphrase: canary' }),
        code: 'passphrase_wrong',
        verdict: /^The passphrase does not open the key in .*\/api\.key\. Compare it with/,
      },
      'a missing passphrase': {
        setup: async () => ({ passphrase: 'right' }),
        code: 'passphrase_wrong',
        verdict: /has no passphrase\. Add `passphrase/,
      },
      'a passphrase that is nowhere': {
        setup: async () => ({ passphrase: 'right', rest: 'passphrase: {env: CERTHOP_NO_SUCH_VARIABLE}' }),
        code: 'secret_unavailable',
        verdict: /CERTHOP_NO_SUCH_VARIABLE is not set/,
      },
      'a key that TLS does not present': {
        setup: async () => ({ certificate: await authority.client({ name: 'short', keyType: 'RSA-1024' }) }),
        code: 'client_certificate_invalid',
        verdict: /^TLS refuses the certificate of `api`: .* Have it issued anew/,
      },
    }
    for (const [fault, { setup, code, verdict }] of Object.entries(FAULTS)) {
      test(fault, async t => {
        const folder = await registryOf(t, await setup())
        const server = await startRawServer(t)
        const examination = await examine(folder.path, `https://api.test:${server.port}`, RESOLVE)
        assertNames(examination, `entry ✗ ${code}`, verdict)
        assert.match(examination.step('entry').detail, /\/api\.crt, .*\/api\.key/)
        assert.equal(server.connections, 0)
        assert.doesNotMatch(JSON.stringify(examination), /canary|right|BEGIN/)
      })
    }

    test('a key of another certificate', async t => {
      const folder = await registryOf(t)
      await folder.write('api.key', stranger.key())
      const examination = await examine(folder.path, 'https://api.test', RESOLVE)
      assertNames(examination, 'entry ✗ client_key_mismatch', /^The key does not belong to the certificate/)
    })

    test('http:// where it is refused', async t => {
      const folder = await registryOf(t)
      const settings = { ...RESOLVE, plainHttp: 'reject' }
      const examination = await examine(folder.path, 'http://api.test', settings)
      assertNames(examination, 'entry ✗ plain_http_refused', /Request the https:\/\/ URL/)
    })

    test('no entry where one is required', async t => {
      const folder = await registryOf(t, { certificate: null })
      const settings = { ...RESOLVE, requireCertificate: ['*.test'] }
      const examination = await examine(folder.path, 'https://api.test', settings)
      assertNames(
        examination,
        'entry ✗ certificate_required',
        /No registry entry matches api\.test\. Add an entry/,
      )
    })
  })

  describe('names what is wrong on the way', () => {
    test('a host that has no address', async t => {
      const folder = await registryOf(t, { rest: 'ca: ca.crt' })
      const settings = { resolve: { 'api.test': 'no-such-host.invalid' } }
      const examination = await examine(folder.path, 'https://api.test', settings)
      assertNames(examination, 'entry ✓, dns ✗ dns_failed', /could not be resolved\. Check the spelling/)
      assert.match(examination.step('dns').detail, /`resolve` leads to no-such-host\.invalid/)
    })

    test('a port that nobody listens on', async t => {
      const folder = await registryOf(t)
      const examination = await examine(folder.path, `https://api.test:${await closedPort()}`, RESOLVE)
      assertNames(
        examination,
        'entry ✓, dns ✓, tcp ✗ connection_refused',
        /ECONNREFUSED\. Check host and port/,
      )
    })

    test('a server that accepts no connection', async t => {
      const folder = await registryOf(t)
      const settings = { ...RESOLVE, upstream: { connectTimeout: '200ms' } }
      const examination = await examine(folder.path, `https://api.test:${await startFullServer(t)}`, settings)
      assertNames(examination, 'entry ✓, dns ✓, tcp ✗ connect_timeout', /200 ms\. .*firewalls/)
    })

    test('a destination that the settings deny, which is never dialled', async t => {
      const folder = await registryOf(t)
      const server = await startRawServer(t)
      for (const deny of ['127.0.0.0/8', 'api.test']) {
        const settings = { ...RESOLVE, destinations: { deny: [deny] } }
        const examination = await examine(folder.path, `https://api.test:${server.port}`, settings)
        assertNames(examination, 'entry ✓, dns ✗ destination_denied', /destinations\.deny/)
      }
      assert.equal(server.connections, 0)
    })

    test('the address of the proxy itself', async t => {
      const folder = await registryOf(t)
      const settings = { ...RESOLVE, listen: { port: 8128 } }
      const examination = await examine(folder.path, 'https://api.test:8128', settings)
      assertNames(examination, 'entry ✓, dns ✗ loop_detected', /leads back to this proxy/)
    })

    test('an egress proxy that demands other credentials, and none of ours are shown', async t => {
      const folder = await registryOf(t)
      const api = await startApi(t)
      const egress = await startEgressProxy(t)
      const egressProxy = `http://ann:canary@127.0.0.1:${egress.port}`
      const examination = await examine(folder.path, api.url, { egressProxy })
      assertNames(
        examination,
        'entry ✓, dns –, tcp ✗ egress_proxy_failed',
        /answered 407 to CONNECT api\.test:\d+\. Check user and password/,
      )
      assert.match(
        examination.step('dns').detail,
        new RegExp(`left to the egress proxy 127\\.0\\.0\\.1:${egress.port}`),
      )
      assert.doesNotMatch(JSON.stringify(examination), /canary|ann/)
    })

    test('an egress proxy that is not there', async t => {
      const folder = await registryOf(t)
      const egressProxy = `http://127.0.0.1:${await closedPort()}`
      const examination = await examine(folder.path, 'https://api.test', { egressProxy })
      assertNames(examination, 'entry ✓, dns –, tcp ✗ egress_proxy_failed', /cannot be reached: ECONNREFUSED/)
    })
  })

  test('goes through the egress proxy as requests do', async t => {
    const folder = await registryOf(t)
    const api = await startApi(t)
    const egress = await startEgressProxy(t)
    const { status, way } = await examine(folder.path, api.url, { egressProxy: egress.url })
    assert.equal(
      way,
      'entry ✓, dns –, tcp ✓, tls ✓, certificate-request ✓, certificate-acceptance ✓, response ✓',
    )
    assert.equal(status, 0)
    assert.deepEqual(egress.seen, [`CONNECT api.test:${api.port}`])
  })

  test('asks the egress proxy to forward a request in clear, as requests do', async t => {
    const folder = await registryOf(t)
    const port = await startHttpServer(t, (_request, response) => response.end())
    const egress = await startEgressProxy(t)
    const { status } = await examine(folder.path, `http://plain.test:${port}/a`, { egressProxy: egress.url })
    assert.equal(status, 0)
    assert.deepEqual(egress.seen, [`GET http://plain.test:${port}/a`])
  })

  describe('names what is wrong with the TLS of the server', () => {
    const DEMAND = 'certificate-request ✓'

    test('an expired certificate', async t => {
      const folder = await registryOf(t)
      const validity = { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) }
      const api = await startApi(t, {
        certificate: await authority.server({ name: 'api.test', ...validity }),
      })
      const examination = await examine(folder.path, api.url, RESOLVE)
      assertNames(
        examination,
        `${UP_TO_TCP}, tls ✗ server_certificate_expired, ${DEMAND}`,
        /CERT_HAS_EXPIRED.* Have it renewed/,
      )
      assert.match(examination.step('tls').detail, /CN=api\.test ← CN=Test authority; .*, expired$/)
    })

    test('an authority that is not trusted, whose name is shown', async t => {
      const folder = await registryOf(t)
      const api = await startApi(t, { certificate: await other.server({ name: 'api.test' }) })
      const examination = await examine(folder.path, api.url, RESOLVE)
      assertNames(
        examination,
        `${UP_TO_TCP}, tls ✗ server_certificate_untrusted, ${DEMAND}`,
        /is not trusted .* Add its authority as `ca`/,
      )
      assert.match(examination.step('tls').detail, /CN=api\.test ← CN=Other authority/)
      assert.deepEqual(api.seen, [])
    })

    test('another name than that of the URL, and which it is', async t => {
      const folder = await registryOf(t)
      const api = await startApi(t, { certificate: await authority.server({ name: 'wrong.test' }) })
      const examination = await examine(folder.path, api.url, RESOLVE)
      assertNames(
        examination,
        `${UP_TO_TCP}, tls ✗ server_name_mismatch, ${DEMAND}`,
        /certificate is not for api\.test\. Check the host/,
      )
      assert.match(examination.step('tls').detail, /for DNS:wrong\.test/)
    })

    test('only versions of TLS that are too old', async t => {
      const folder = await registryOf(t)
      const options = {
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT:@SECLEVEL=0',
      } as const
      const api = await startApi(t, { options })
      assertNames(
        await examine(folder.path, api.url, RESOLVE),
        `${UP_TO_TCP}, tls ✗ tls_protocol`,
        /protocol.* TLS versions/,
      )
    })

    test('a port that speaks HTTP in clear', async t => {
      const folder = await registryOf(t)
      const port = await startHttpServer(t, (_request, response) => response.end())
      assertNames(
        await examine(folder.path, `https://api.test:${port}`, RESOLVE),
        `${UP_TO_TCP}, tls ✗ tls_protocol`,
        /The port does not speak TLS: check the port/,
      )
    })

    test('a port that never answers', async t => {
      const folder = await registryOf(t)
      const { port } = await startRawServer(t)
      const settings = { ...RESOLVE, upstream: { handshakeTimeout: '200ms' } }
      assertNames(
        await examine(folder.path, `https://api.test:${port}`, settings),
        `${UP_TO_TCP}, tls ✗ handshake_timeout`,
        /200 ms\. Check that the port speaks TLS/,
      )
    })

    for (const how of ['end', 'resetAndDestroy'] as const) {
      test(`a server that leaves in the handshake (${how})`, async t => {
        const folder = await registryOf(t)
        const port = await listen(
          t,
          createServer(socket => socket.once('data', () => socket[how]())),
        )
        assertNames(
          await examine(folder.path, `https://api.test:${port}`, RESOLVE),
          `${UP_TO_TCP}, tls ✗ connection_reset`,
          /closed the connection/,
        )
      })
    }
  })

  describe('names what the server makes of the certificate', () => {
    test('a refusal of another authority, whichever way it is said', async t => {
      const folder = await registryOf(t, { certificate: stranger })
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const api = await startApi(t, { options: { minVersion: version, maxVersion: version } })
        const examination = await examine(folder.path, api.url, RESOLVE)
        assert.equal(examination.status, 1)
        assert.match(
          examination.verdict,
          /asks for a certificate of CN=Test authority, and `api` was issued by CN=Other authority: use a certificate/,
        )
        assert.match(
          examination.step('certificate-request').detail,
          /CN=Other authority, which is none of them/,
        )
      }
    })

    test('an intermediate that stands between the certificate and an authority that is named', async t => {
      const intermediate = await authority.intermediate({ name: 'Intermediate' })
      const folder = await registryOf(t, { certificate: await intermediate.client({ name: 'below' }) })
      const api = await startApi(t)
      const { ok, step } = await examine(folder.path, api.url, RESOLVE)
      assert.equal(ok, true)
      assert.doesNotMatch(step('certificate-request').detail, /none of them/)
    })

    test('a server that does not ask, although requests succeed', async t => {
      const folder = await registryOf(t)
      const api = await startApi(t, { clientAuthority: null })
      const { status, ok, verdict, way } = await examine(folder.path, api.url, RESOLVE)
      assert.equal(way, `${UP_TO_TLS}, certificate-request –, response ✓`)
      assert.deepEqual({ status, ok }, { status: 0, ok: true })
      assert.match(
        verdict,
        /succeeds, but .* did not ask for a certificate, so that `api` was not presented: check/,
      )
    })

    test('a server that does not ask, and forbids', async t => {
      const folder = await registryOf(t)
      const api = await startApi(t, { clientAuthority: null, status: 403 })
      assertNames(
        await examine(folder.path, api.url, RESOLVE),
        `${UP_TO_TLS}, certificate-request –, response ✗`,
        /answered 403, and .* did not ask for a certificate.* `tls: \{maxVersion: TLSv1\.2\}` in the entry `api`/,
      )
    })

    test('a server that takes it in TLS, and forbids', async t => {
      const folder = await registryOf(t)
      const api = await startApi(t, { status: 403 })
      assertNames(
        await examine(folder.path, api.url, RESOLVE),
        `${UP_TO_TLS}, certificate-request ✓, certificate-acceptance –, response ✗`,
        /answered 403, after `api` was presented: ask those who run it/,
      )
    })

    test('a server that takes it, and does not know the path', async t => {
      const folder = await registryOf(t)
      const api = await startApi(t, { status: 404 })
      assertNames(
        await examine(folder.path, api.url, RESOLVE),
        `${UP_TO_TLS}, certificate-request ✓, certificate-acceptance ✓, response ✗`,
        /answered 404: check the path/,
      )
    })

    test('a demand that no entry matches, also where the server is not trusted yet', async t => {
      const folder = await registryOf(t, { certificate: null })
      const api = await startApi(t)
      assertNames(
        await examine(folder.path, api.url, RESOLVE),
        `${UP_TO_TCP}, tls ✗ server_certificate_untrusted, certificate-request ✓`,
        /^No entry matches, and api\.test:\d+ asks for a certificate of CN=Test authority\. Add an entry .* Besides: .* not trusted/,
      )
    })

    test('a demand that only a certificate of tomorrow would meet', async t => {
      const validity = { notBefore: new Date(Date.now() + DAY), notAfter: new Date(Date.now() + 2 * DAY) }
      const folder = await registryOf(t, {
        certificate: await authority.client({ name: 'early', ...validity }),
      })
      const api = await startApi(t)
      const examination = await examine(folder.path, api.url, RESOLVE)
      assert.equal(examination.status, 1)
      assert.match(examination.verdict, /`api` is left out: its certificate is not valid before/)
    })
  })

  test('an unencrypted request that no entry matches has no TLS', async t => {
    const folder = await registryOf(t, { certificate: null })
    const port = await startHttpServer(t, (_request, response) => response.end())
    const { status, way, verdict } = await examine(folder.path, `http://api.test:${port}`, RESOLVE)
    assert.equal(way, 'entry ✓, dns ✓, tcp ✓, response ✓')
    assert.equal(status, 0)
    assert.match(verdict, /succeeds without a certificate: no entry matches/)
  })

  test('names a response that is none', async t => {
    const folder = await registryOf(t)
    const raw = await startRawServer(t, { certificate: server, clientAuthority: authority })
    const examining = examine(folder.path, `https://api.test:${raw.port}`, RESOLVE)
    const connection = await raw.accept()
    assert.match(await connection.head(), /^GET \/ HTTP\/1\.1\r\nHost: api\.test:\d+\r\n/)
    connection.send('220 ftp.test ready\r\n')
    assertNames(
      await examining,
      `${UP_TO_TLS}, certificate-request ✓, response ✗ bad_response`,
      /does not start with HTTP/,
    )
  })

  test('waits no longer for a response than a request does', async t => {
    const folder = await registryOf(t)
    const raw = await startRawServer(t, { certificate: server, clientAuthority: authority })
    const settings = { ...RESOLVE, upstream: { responseTimeout: '200ms' } }
    assertNames(
      await examine(folder.path, `https://api.test:${raw.port}`, settings),
      `${UP_TO_TLS}, certificate-request ✓, response ✗ response_timeout`,
      /upstream\.responseTimeout/,
    )
  })

  test('makes one connection, and one request on it', async t => {
    const folder = await registryOf(t)
    const raw = await startRawServer(t, { certificate: server, clientAuthority: authority })
    const examining = examine(folder.path, `https://api.test:${raw.port}/ä b`, RESOLVE)
    const connection = await raw.accept()
    assert.match(await connection.head(), /^GET \/%C3%A4%20b HTTP\/1\.1\r\n/)
    connection.send('HTTP/1.1 204 No Content\r\n\r\n')
    assert.equal((await examining).status, 0)
    assert.equal(await connection.untilEnd(), '')
    assert.equal(raw.connections, 1)
  })

  test('a server writes nothing on the terminal but text', async t => {
    const evil = await createAuthority({ name: 'Evil\x1b[2J\x07' })
    const folder = await registryOf(t)
    const api = await startApi(t, {
      certificate: await evil.server({ name: 'api.test', organization: '\x1b]0;owned\x07' }),
      clientAuthority: evil,
    })
    const { stdout } = await runDoctor(folder.path, api.url, RESOLVE)
    assert.match(stdout, /Evil/)
    assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  })

  test('what is no URL, and a configuration that is invalid, end with status 2', async t => {
    const folder = await registryOf(t)
    for (const url of ['', 'a b', 'ftp://a.test', 'https://user@a.test']) {
      const { status, stdout, stderr } = await runDoctor(folder.path, url)
      assert.equal(status, 2, url)
      assert.equal(stdout, '')
      assert.match(stderr, /is not a host, host:port or URL/)
    }
    assert.equal((await runDoctor(folder.path, 'https://api.test', { plainHttp: 'maybe' })).status, 2)
    await folder.write('registry.yaml', 'version: 2\n')
    assert.equal((await runDoctor(folder.path, 'https://api.test')).status, 2)
  })
})
