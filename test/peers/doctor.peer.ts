import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { examine } from '../support/doctor.ts'
import { startMtlsNginx } from '../support/nginx.ts'
import { startOpensslServer } from '../support/openssl-server.ts'
import { MINTED } from '../support/path.ts'
import { entry, RegistryFolder } from '../support/registry-folder.ts'

const { authority, client, server } = MINTED
const stranger = await (await createAuthority({ name: 'Other authority' })).client({ name: 'stranger' })
/** Of the right authority, but for servers only. */
const misissued = await authority.server({ name: 'misissued' })

const RESOLVE = { resolve: { 'api.test': '127.0.0.1' } }

/** What doctor says of api.test, for which there is an entry with `certificate`; null for none. */
async function examineWith(test: TestContext, certificate: Certificate | null, port: number) {
  const folder = await RegistryFolder.create()
  test.after(() => folder[Symbol.asyncDispose]())
  await folder.writePair('api', certificate ?? client)
  await folder.write('ca.crt', authority.pem)
  await folder.writeRegistry(entry('api', certificate === null ? 'another.test' : 'api.test', 'ca: ca.crt'))
  return examine(folder.path, `https://api.test:${port}/`, RESOLVE)
}

const UP_TO_TLS = { '-tls1_2': 'entry ✓, dns ✓, tcp ✓, tls –', '-tls1_3': 'entry ✓, dns ✓, tcp ✓, tls ✓' }

for (const version of ['-tls1_2', '-tls1_3'] as const) {
  describe(`doctor at a server of OpenSSL (${version})`, () => {
    test('finds that a good certificate is accepted', async t => {
      const { status, way } = await examineWith(t, client, await startOpensslServer(t, [version]))
      assert.equal(
        way,
        'entry ✓, dns ✓, tcp ✓, tls ✓, certificate-request ✓, certificate-acceptance ✓, response ✓',
      )
      assert.equal(status, 0)
    })

    test('names the alert by which a stranger is refused, and the authorities that would do', async t => {
      const examination = await examineWith(t, stranger, await startOpensslServer(t, [version]))
      assert.equal(examination.status, 1)
      assert.equal(
        examination.way,
        `${UP_TO_TLS[version]}, certificate-request ✓, certificate-acceptance ✗ client_certificate_rejected`,
      )
      assert.match(
        examination.verdict,
        /rejected the client certificate: unknown_ca\. It asks for a certificate of CN=Test authority, and `api` was issued by CN=Other authority/,
      )
    })

    test('names the alert by which a certificate of the wrong kind is refused', async t => {
      const examination = await examineWith(t, misissued, await startOpensslServer(t, [version]))
      assert.equal(examination.status, 1)
      assert.match(
        examination.verdict,
        /rejected the client certificate: unsupported_certificate\. .*extended key usage/,
      )
    })
  })
}

describe('doctor at nginx, which refuses by a response', () => {
  const start = async (test: TestContext) => {
    const nginx = await startMtlsNginx([
      { names: ['api.test'], certificate: server, clientCa: authority.pem },
    ])
    test.after(() => nginx.stop())
    return nginx.port
  }

  test('finds that a good certificate is accepted', async t => {
    const { status, verdict } = await examineWith(t, client, await start(t))
    assert.match(verdict, /accepts `api`/)
    assert.equal(status, 0)
  })

  test('names the authorities that would do to a stranger', async t => {
    const { status, way, verdict } = await examineWith(t, stranger, await start(t))
    assert.match(way, /certificate-request ✓, certificate-acceptance –, response ✗$/)
    assert.match(
      verdict,
      /answered 400\. It asks for a certificate of CN=Test authority, and `api` was issued by/,
    )
    assert.equal(status, 1)
  })

  test('says that no entry matches', async t => {
    const { status, verdict } = await examineWith(t, null, await start(t))
    assert.match(
      verdict,
      /^No entry matches, and .* asks for a certificate of CN=Test authority\. Add an entry/,
    )
    assert.equal(status, 1)
  })
})
