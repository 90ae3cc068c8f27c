import { randomBytes, scryptSync } from 'node:crypto'
import type { TestContext } from 'node:test'
import { HOST } from './interception.ts'
import { MINTED } from './path.ts'
import type { TestEntry } from './proxy.ts'
import { clientName, startHttpsServer } from './servers.ts'

const { authority } = MINTED
const client = (name: string) => authority.client({ name })
const [everybody, payments, orders] = await Promise.all([
  client('everybody'),
  client('payments'),
  client('orders'),
])

/** For `*.test`, and for `api.test` in two groups; each presents a certificate of its name. */
export const ENTRIES: readonly TestEntry[] = [
  { id: 'everybody', host: '*.test', certificate: everybody, ca: authority },
  { id: 'orders', host: HOST, groups: ['orders'], certificate: orders, ca: authority },
  { id: 'payments', host: HOST, groups: ['payments', 'billing'], certificate: payments, ca: authority },
]

export const SERVER = { certificate: MINTED.server, clientAuthority: authority }

/** An HTTPS server that answers with who came. Resolves with its port. */
export function startIdentityServer(t: TestContext): Promise<number> {
  return startHttpsServer(t, SERVER, ({ socket }, response) => response.end(clientName(socket)))
}

/** The Proxy-Authorization field that names `user`, with its CRLF. */
export function credentials(user: string, password = ''): string {
  return `Proxy-Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}\r\n`
}

/** A request head in absolute-form. */
export function absolute(fields = ''): string {
  return `GET http://${HOST}/ HTTP/1.1\r\nHost: x\r\n${fields}\r\n`
}

/** That of a CONNECT to `api.test:443`. */
export function connectHead(fields = ''): string {
  return `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\n${fields}\r\n`
}

/** As `certhop secrets hash-password` writes it. A check takes next to no time; longer by `logCost`. */
export function passwordHash(password: string, logCost = 1): string {
  const salt = randomBytes(16)
  const key = scryptSync(password, salt, 32, { N: 2 ** logCost, r: 8, p: 1, maxmem: 2 ** 29 })
  const [saltText, keyText] = [salt, key].map(octets => octets.toString('base64').replace(/=+$/, ''))
  return `$scrypt$ln=${logCost},r=8,p=1$${saltText}$${keyText}`
}
