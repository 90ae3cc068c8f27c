import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunningCommand, runCommand } from '../support/command.ts'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { openTlsTunnel } from '../support/tunnel.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'
import { SECURED } from './subject.ts'

const fault = section('TLS with OpenSSL')

const FILES = {
  'server.pem': MINTED.server.chain + MINTED.server.key(),
  'ca.pem': MINTED.authority.pem,
  'ca.key': MINTED.authority.key(),
  'client.pem': MINTED.client.pem,
}

async function folderWithFiles(scene: Scene): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-openssl-'))
  scene.after(() => rm(folder, { recursive: true }))
  for (const [name, content] of Object.entries(FILES))
    await writeFile(join(folder, name), content, { mode: 0o600 })
  return folder
}

/** OpenSSL's own server: what is typed goes to the client, but for letters that are commands. */
async function startServer(scene: Scene, folder: string, ...options: string[]) {
  const files = ['-cert', 'server.pem', '-key', 'server.pem', '-CAfile', 'ca.pem']
  const args = ['s_server', '-accept', '127.0.0.1:0', ...files, ...options]
  const server = new RunningCommand('openssl', args, { folder })
  scene.after(() => server.stop())
  const port = Number((await server.line(/^ACCEPT .*:\d+$/)).split(':').at(-1))
  return { server, port }
}

for (const way of ['with a certificate', 'inside CONNECT'] as const) {
  fault(
    `a server of TLS 1.2 asks for the certificate by a renegotiation in the middle of a request, ${way}`,
    'it gets it, and the runner its response',
    async scene => {
      const { certhop } = scene
      const folder = await folderWithFiles(scene)
      const options = ['-tls1_2', '-crlf', '-msg', '-no_resumption_on_reneg']
      const { server, port } = await startServer(scene, folder, ...options)
      const offer = { servername: SECURED, ca: certhop.authority }
      const isTunnel = way === 'inside CONNECT'
      const runner = isTunnel
        ? new RawConnection(await openTlsTunnel(certhop.port, offer, port))
        : await RawConnection.connect(certhop.port)
      scene.after(() => runner.socket.destroy())
      runner.send(`GET ${isTunnel ? '' : `http://${SECURED}:${port}`}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      await server.line(/^Host:/)
      assert.doesNotMatch(server.stdout, /<<< .*CertificateVerify/)
      server.type('R\n')
      await server.line(/<<< .*CertificateVerify/)
      server.type('HTTP/1.1 200 OK\nContent-Length: 2\n\nok')
      // It writes lines.
      server.type('\n')
      assert.equal((await runner.response()).body, 'ok')
    },
  )
}

for (const version of ['-tls1_2', '-tls1_3']) {
  fault(
    `the client certificate was revoked, which the server knows by its list (${version})`,
    '502 client_certificate_rejected, with the alert and what to do',
    async scene => {
      const folder = await folderWithFiles(scene)
      await revoke(folder)
      const refusing = ['-Verify', '1', '-verify_return_error', '-crl_check', '-CRL', 'crl.pem', '-www']
      const { port } = await startServer(scene, folder, version, ...refusing)
      const runner = await RawConnection.connect(scene.certhop.port)
      scene.after(() => runner.close())
      runner.send(`GET http://${SECURED}:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
      const { status, body } = await runner.response()
      const { type, detail, hint } = JSON.parse(body)
      assert.deepEqual([status, type], [502, 'urn:certhop:error:client_certificate_rejected'], body)
      assert.match(detail, /certificate_revoked/)
      assert.match(hint, /get a new one/)
    },
  )
}

/** Puts the client certificate on a list of the authority, `crl.pem`. */
async function revoke(folder: string): Promise<void> {
  await writeFile(join(folder, 'index.txt'), '')
  await writeFile(
    join(folder, 'ca.cnf'),
    '[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\ndefault_md = sha256\ndefault_crl_days = 1\n',
  )
  const common = ['ca', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key']
  for (const args of [
    [...common, '-revoke', 'client.pem'],
    [...common, '-gencrl', '-out', 'crl.pem'],
  ]) {
    const { status, stderr } = await runCommand('openssl', args, { folder })
    assert.equal(status, 0, stderr)
  }
}
