import type { TestContext } from 'node:test'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { entry, registryText } from '../support/registry-folder.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'
import type { PageSetup } from './browser.ts'

/** An API under many names below payments.example, which demands a client certificate and answers with its common name. */
export interface Payments {
  readonly authority: Certificate
  readonly port: number
  /** Lines of certhop.yaml that lead all of its names to it. */
  readonly settings: string
}

const HOSTS = ['api.payments.example', 'beta.payments.example', 'orders.example']

export async function startPayments(t: TestContext): Promise<Payments> {
  const authority = await createAuthority({ name: 'Payments Root', organization: 'Example Bank' })
  const [name = '', ...names] = HOSTS
  const certificate = await authority.server({ name, names })
  const port = await startHttpsServer(t, { certificate, clientAuthority: authority }, (request, response) => {
    response.end(clientName(request.socket))
  })
  const settings = `resolve: {${HOSTS.map(host => `"${host}": "127.0.0.1:${port}"`).join(', ')}}\n`
  return { authority, port, settings }
}

/** Stands in the registry of `twoEntries`. */
export const COMMENT = '# Ask the bank before the end of the year.'

/** A wildcard for payments.example, `old`, and the full name of one of its hosts, `exact`, for the API of `payments`. */
export async function twoEntries({ authority, settings }: Payments): Promise<PageSetup> {
  const entries = registryText(
    entry('old', '*.payments.example', 'addedAt: 2025-11-01T09:00:00Z, ca: root.pem'),
    entry('exact', 'beta.payments.example', 'addedAt: 2025-12-01T09:00:00Z, ca: root.pem'),
  )
  return {
    settings,
    registry: `${COMMENT}\n${entries}`,
    prepare: async folder => {
      await folder.write('root.pem', authority.pem)
      await folder.writePair('old', await authority.client({ name: 'old' }))
      await folder.writePair('exact', await authority.client({ name: 'exact' }))
    },
  }
}
