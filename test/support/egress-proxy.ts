import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { parseSettings } from '../../src/settings/load.ts'
import type { EgressProxySettings } from '../../src/settings/settings.ts'
import { type Lifetime, listen } from './servers.ts'

const CREDENTIALS = 'ann:pä:ss@/%'

/** A corporate forward proxy: it demands Basic authentication, and finds every host on 127.0.0.1. */
export interface TestEgressProxy {
  readonly port: number
  /** `http://user:password@127.0.0.1:PORT`. */
  readonly url: string
  /** The request lines that it let through, in order. */
  readonly seen: string[]
  /** How many connections it has accepted. */
  readonly connections: () => number
}

export async function startEgressProxy(test: Lifetime): Promise<TestEgressProxy> {
  const seen: string[] = []
  let connections = 0

  const admits = (message: IncomingMessage) => {
    const expected = `Basic ${Buffer.from(CREDENTIALS).toString('base64')}`
    if (message.headers['proxy-authorization'] !== expected) return false
    seen.push(`${message.method} ${message.url}`)
    return true
  }
  const server = createServer((message, response) => {
    if (admits(message)) forward(message, response)
    else response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="corp"' }).end('Who are you?')
  })
  server.on('connection', () => {
    connections += 1
  })
  server.on('connect', (message: IncomingMessage, runner: Socket, first: Buffer) => {
    if (admits(message)) join(message.url ?? '', runner, first)
    else
      runner.end(
        'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="corp"\r\nContent-Length: 4\r\n\r\nWho?',
      )
  })
  const port = await listen(test, server)
  const [user = '', password = ''] = CREDENTIALS.split(/:(.*)/)
  const url = `http://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}`
  return { port, url, seen, connections: () => connections }
}

/** `egressProxy` as it is read from a settings file. */
export function egressSettings(url: string, noProxy: readonly string[] = []): EgressProxySettings {
  const text = JSON.stringify({ version: 1, egressProxy: { url, noProxy } })
  const { settings, problems } = parseSettings('certhop.yaml', text, () => null)
  if (!settings?.egressProxy) throw new Error(problems.map(problem => problem.message).join())
  return settings.egressProxy
}

function join(authority: string, runner: Socket, first: Buffer): void {
  const server = connect(Number(authority.split(':').at(-1)), '127.0.0.1', () => {
    runner.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (first.length > 0) server.write(first)
    server.pipe(runner).pipe(server)
  })
  server.on('error', () => runner.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
  runner.on('error', () => server.destroy())
}

function forward(message: IncomingMessage, response: ServerResponse): void {
  const { port, pathname, search } = new URL(message.url ?? '')
  const outgoing = request(
    { port, path: pathname + search, method: message.method, headers: message.headers },
    incoming => {
      response.writeHead(incoming.statusCode ?? 500, incoming.rawHeaders)
      incoming.pipe(response)
    },
  )
  message.pipe(outgoing)
}
