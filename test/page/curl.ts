import type { TestContext } from 'node:test'
import { runCommand } from '../support/command.ts'
import { entry, registryText } from '../support/registry-folder.ts'
import { type PageServer, servePage } from './browser.ts'
import { startPayments } from './payments.ts'

/** A page whose proxy is used by curl, as a runner of the user's machine would. */
export interface CurledServer extends PageServer {
  /** Runs curl through the proxy, trusting its authority. Resolves with what the server, or certhop, answered. */
  readonly curl: (url: string, ...options: string[]) => Promise<string>
  readonly registry: string
}

/** Certificates for `*.payments.example` and for `orders.example`; that of `broken.example` has no files. */
export async function serveForCurl(t: TestContext): Promise<CurledServer> {
  const { authority, settings } = await startPayments(t)
  const registry = registryText(
    entry('payments', '*.payments.example', 'ca: root.pem'),
    entry('orders', 'orders.example', 'ca: root.pem'),
    entry('broken', 'broken.example'),
  )
  const server = await servePage(t, {
    registry,
    settings,
    prepare: async folder => {
      await folder.write('root.pem', authority.pem)
      for (const name of ['payments', 'orders'])
        await folder.writePair(name, await authority.client({ name }))
    },
  })
  const file = await server.certhop.authorityFile()
  return {
    ...server,
    registry,
    async curl(url, ...options) {
      const proxy = ['-x', server.proxyUrl, '--noproxy', '', '--cacert', file]
      const { stdout } = await runCommand('curl', ['-sS', ...proxy, ...options, url], { timeout: 30_000 })
      return stdout
    },
  }
}
