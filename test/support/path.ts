import type { TestContext } from 'node:test'
import { createAuthority } from './certificates.ts'
import { type ProxySettings, startProxy, type TestProxy } from './proxy.ts'
import { type RawServer, startRawServer } from './servers.ts'

const authority = await createAuthority({ name: 'Test authority' })
const serverCertificate = await authority.server({ name: 'api.test', names: ['other.test', '*.wild.test'] })
const clientCertificate = await authority.client({ name: 'runner' })

/** One authority and its certificates, for all tests of a file: minting is slow. */
export const MINTED = { authority, server: serverCertificate, client: clientCertificate }

/** How the server is reached: in clear, or with a client certificate that it demands. */
export const WAYS = ['in clear', 'with a certificate'] as const

export type PathWay = (typeof WAYS)[number]

/** The way of a request, with both ends in the hands of the test: runner, certhop, server. */
export interface Path {
  readonly proxy: TestProxy
  readonly server: RawServer
  /** `http://api.test:PORT`, which leads to the server. */
  readonly url: string
  /** `api.test:PORT`. */
  readonly host: string
  readonly connect: TestProxy['connect']
  readonly send: TestProxy['send']
}

export async function startPath(
  test: TestContext,
  way: PathWay = 'with a certificate',
  settings: ProxySettings = {},
): Promise<Path> {
  const secure = way === 'with a certificate'
  const server = await startRawServer(
    test,
    secure ? { certificate: serverCertificate, clientAuthority: authority } : null,
  )
  const entries = secure
    ? [{ id: 'api', host: 'api.test', certificate: clientCertificate, ca: authority }]
    : []
  const resolve = { 'api.test': '127.0.0.1', 'other.test': '127.0.0.1', ...settings.resolve }
  const proxy = await startProxy(test, entries, { ...settings, resolve })
  const host = `api.test:${server.port}`
  const { connect, send } = proxy
  return { proxy, server, host, url: `http://${host}`, connect, send }
}
