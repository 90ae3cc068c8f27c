import type { TestContext } from 'node:test'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { clientName, startHttpsServer } from '../support/servers.ts'

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
