import { createServer } from 'node:https'
import { test } from 'node:test'
import { VICTIM } from '../http1/corpus/requests.ts'
import { createAuthority } from '../support/certificates.ts'
import { listen, tlsOptions } from '../support/servers.ts'
import { smuggle, WAYS_IN } from '../support/smuggling.ts'

const authority = await createAuthority({ name: 'Test authority' })
const certificate = await authority.server({ name: VICTIM })
const client = await authority.client({ name: 'runner' })

for (const way of WAYS_IN) {
  test(`what a runner smuggles as ${way} reaches Node as no more requests than it is`, async t => {
    const lines: string[] = []
    const server = createServer(
      tlsOptions({ certificate, clientAuthority: authority }),
      (request, response) => {
        lines.push(`${request.method} ${request.url} HTTP/${request.httpVersion}`)
        request.on('error', () => {})
        request.resume().on('end', () => response.end(request.url))
      },
    )
    server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket) => {
      // A request that was refused halfway ends too early, and had its line already.
      if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') lines.push(code)
      socket.destroy()
    })
    const port = await listen(t, server)
    await smuggle(t, way, { port, requests: async () => lines }, { authority, client })
  })
}
