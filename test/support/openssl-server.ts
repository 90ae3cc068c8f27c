import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { RunningCommand } from './command.ts'
import { MINTED } from './path.ts'

/** OpenSSL's own server, which refuses a client certificate in the handshake, by an alert. Resolves with its port. */
export async function startOpensslServer(test: TestContext, options: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-openssl-'))
  await writeFile(join(folder, 'server.crt'), MINTED.server.chain)
  await writeFile(join(folder, 'server.key'), MINTED.server.key(), { mode: 0o600 })
  await writeFile(join(folder, 'ca.crt'), MINTED.authority.pem)
  const files = ['-cert', 'server.crt', '-key', 'server.key', '-CAfile', 'ca.crt']
  const refusing = ['-Verify', '1', '-verify_return_error', '-www', '-alpn', 'h2,http/1.1', ...options]
  const server = new RunningCommand(
    'openssl',
    ['s_server', '-accept', '127.0.0.1:0', ...files, ...refusing],
    { folder },
  )
  test.after(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })
  return Number((await server.line(/^ACCEPT .*:\d+$/)).split(':').at(-1))
}
