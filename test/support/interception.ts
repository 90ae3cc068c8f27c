import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { MINTED } from './path.ts'
import { type ProxySettings, startProxy, type TestEntry, type TestProxy } from './proxy.ts'
import { RawConnection } from './raw-connection.ts'
import { secured, sendConnect } from './tunnel.ts'

export const HOST = 'api.test'

export const ENTRY: TestEntry = {
  id: 'api',
  host: HOST,
  certificate: MINTED.client,
  ca: MINTED.authority,
}

const CONNECT = `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\n\r\n`

/** certhop with an entry for `api.test`, and a runner that trusts its authority. */
export interface Intercepting {
  readonly proxy: TestProxy
  /** PEM of the local authority. */
  readonly ca: string
  /** The answer to a CONNECT that is sent to the letter, for `api.test:443` if it is left out, and the socket behind it. */
  readonly tunnel: (head?: string | Buffer) => Promise<{ answer: string; socket: Socket }>
  /** TLS in a new tunnel to `authority`, `api.test:443` if it is left out. Rejects when the handshake fails. */
  readonly secure: (options?: ConnectionOptions, authority?: string) => Promise<TLSSocket>
  /** The same, with its bytes at hand. */
  readonly open: (options?: ConnectionOptions, authority?: string) => Promise<RawConnection>
}

/** `serverPort` is where `api.test:443` leads. */
export async function startIntercepting(
  test: TestContext,
  serverPort: number,
  settings: ProxySettings = {},
  entries: readonly TestEntry[] = [ENTRY],
): Promise<Intercepting> {
  // First, because the proxy's own end waits for tunnels.
  const runners: Socket[] = []
  test.after(() => {
    for (const runner of runners) runner.destroy()
  })
  const resolve = { [`${HOST}:443`]: `127.0.0.1:${serverPort}`, ...settings.resolve }
  const proxy = await startProxy(test, entries, { ...settings, resolve })
  const ca = await readFile(proxy.app.trustFiles.certificate, 'utf8')
  const tunnel = async (head: string | Buffer = CONNECT) => {
    const { answer, socket } = await sendConnect(proxy.port, head)
    runners.push(socket)
    return { answer, socket }
  }
  const secure = async (options: ConnectionOptions = {}, authority = `${HOST}:443`) => {
    const { socket } = await tunnel(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    const tls = await secured(connectTls({ servername: HOST, ca, ...options, socket }))
    return tls.on('error', () => {})
  }
  const open = async (options?: ConnectionOptions, authority?: string) =>
    new RawConnection(await secure(options, authority))
  return { proxy, ca, tunnel, secure, open }
}

/** A request that the server in the hands of the test can tell from others. */
export function get(path: string, host = HOST): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
}
