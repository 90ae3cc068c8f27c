import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { connect, createServer as createTlsServer, type SecureContext } from 'node:tls'
import { promisify } from 'node:util'
import { createTrustingContext } from '../../src/identity/trust.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'

const run = promisify(execFile)
const TRUST_PROGRAM = join(import.meta.dirname, 'trust-program.ts')

describe('trust', () => {
  let own: Certificate
  let other: Certificate
  before(async () => {
    own = await createAuthority({ name: 'Own' })
    other = await createAuthority({ name: 'Other' })
  })

  /** Whether a server with a certificate of `authority` is trusted. */
  async function trusts(secureContext: SecureContext, authority: Certificate): Promise<boolean> {
    const certificate = await authority.server({ name: 'api.example' })
    const server = createTlsServer({ cert: certificate.chain, key: certificate.key() }, socket =>
      socket.end(),
    )
    server.on('tlsClientError', () => undefined)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1', servername: 'api.example', secureContext })
    try {
      await once(socket, 'secureConnect')
      return socket.authorized
    } catch {
      return false
    } finally {
      socket.destroy()
      server.close()
    }
  }

  test('is in `ca` alone when nothing else is said', async () => {
    const context = createTrustingContext({}, [own.pem], false)
    assert.deepEqual([await trusts(context, own), await trusts(context, other)], [true, false])
  })

  test('takes several authorities', async () => {
    const context = createTrustingContext({}, [own.pem, other.pem], false)
    assert.deepEqual([await trusts(context, own), await trusts(context, other)], [true, true])
  })

  test("of one identity with the system's roots is not the trust of another", async () => {
    const both = createTrustingContext({}, [own.pem], true)
    const system = createTrustingContext({}, null, false)
    assert.deepEqual([await trusts(both, own), await trusts(system, own)], [true, false])
  })

  test("includes the system's roots without `ca`, or with `systemRoots`", async () => {
    // A root becomes one of the system's by being in NODE_EXTRA_CA_CERTS when a process starts.
    const folder = await mkdtemp(join(tmpdir(), 'certhop-trust-'))
    try {
      const server = await other.server({ name: 'localhost' })
      await writeFile(join(folder, 'other.pem'), other.pem)
      const input = JSON.stringify({ cert: server.chain, key: server.key(), own: own.pem })
      await writeFile(join(folder, 'input.json'), input)
      const { stdout } = await run(process.execPath, [TRUST_PROGRAM, join(folder, 'input.json')], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'other.pem') },
      })
      assert.deepEqual(JSON.parse(stdout), { system: true, both: true, own: false })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test("in the system's roots costs no copy of them for every identity", () => {
    createTrustingContext({}, [own.pem], true)
    const before = process.memoryUsage().rss
    const contexts = Array.from({ length: 100 }, () => createTrustingContext({}, [own.pem], true))
    const each = (process.memoryUsage().rss - before) / contexts.length
    assert(each < 300_000, `${each} bytes each`)
  })
})
