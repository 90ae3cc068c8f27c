import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Certificate, Certificates, Problem } from '../../src/admin/schemas.ts'
import { type AdminLimits, AdminServer } from '../../src/admin/server.ts'
import { Activity } from '../../src/observe/activity.ts'
import { Events } from '../../src/observe/events.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { RecentRequests } from '../../src/observe/recent-requests.ts'
import { ReloadHistory } from '../../src/observe/reload-history.ts'
import { type ProxySettings, startProxy, type TestEntry, type TestProxy } from './proxy.ts'
import { RawConnection, type RawResponse } from './raw-connection.ts'
import { RegistryFolder } from './registry-folder.ts'

/** certhop in this process with its admin plane, and a program that has the token. */
export interface TestAdmin {
  readonly proxy: TestProxy
  readonly url: string
  readonly port: number
  readonly token: string
  /** As `fetch`, with the token. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  /** The JSON of a request that has to succeed. */
  readonly get: <Shape>(path: string) => Promise<Shape>
  readonly post: (path: string, body: object | FormData) => Promise<Response>
  readonly certificates: () => Promise<readonly Certificate[]>
  /** Sends the very octets, and takes the answer to them. */
  readonly ask: (text: string) => Promise<RawResponse>
  /** The head of a request with this request line and these fields, a good `Host` first unless there is one. */
  readonly head: (line: string, ...fields: string[]) => string
}

export async function startAdmin(
  test: TestContext,
  entries: readonly TestEntry[] = [],
  settings: ProxySettings = {},
): Promise<TestAdmin> {
  const proxy = await startProxy(test, entries, { admin: { host: '127.0.0.1', port: 0 }, ...settings })
  const url = proxy.app.admin?.url ?? ''
  const port = Number(new URL(url).port)
  const token = (
    await readFile(join(settings.stateDirectory ?? join(proxy.folder, 'state'), 'admin-token'), 'utf8')
  ).trim()
  const signedIn = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } })
  const get = async <Shape>(path: string) => {
    const response = await signedIn(path)
    assert.equal(response.status, 200)
    return (await response.json()) as Shape
  }
  return {
    ...{ proxy, url, port, token, get },
    fetch: signedIn,
    post: (path, body) =>
      body instanceof FormData
        ? signedIn(path, { method: 'POST', body })
        : signedIn(path, {
            method: 'POST',
            body: JSON.stringify(body),
            headers: { 'Content-Type': 'application/json' },
          }),
    certificates: async () => (await get<Certificates>('/api/certificates')).certificates,
    async ask(text) {
      const connection = await RawConnection.connect(port)
      try {
        connection.send(text)
        return await connection.response(!text.startsWith('HEAD '))
      } finally {
        connection.close()
      }
    },
    head(line, ...fields) {
      const host = fields.some(field => /^host:/i.test(field)) ? [] : [`Host: 127.0.0.1:${port}`]
      return `${[`${line} HTTP/1.1`, ...host, ...fields].join('\r\n')}\r\n\r\n`
    },
  }
}

/** The port of an admin plane without a proxy, with an empty registry and these limits. */
export async function listenWithLimits(test: TestContext, limits: AdminLimits): Promise<number> {
  const folder = await RegistryFolder.create()
  await folder.writeRegistry()
  const events = new Events()
  const gauges = () => ({ clientConnections: 0, tunnels: 0, upstreamConnections: { active: 0, idle: 0 } })
  const server = new AdminServer(
    {
      registry: await folder.open(),
      registryFile: folder.file,
      ageIdentity: { env: 'CERTHOP_AGE_IDENTITY' },
      events,
      recent: new RecentRequests(events, { query: false }),
      activity: new Activity(events),
      reloads: new ReloadHistory(events),
      metrics: new Metrics(events, { gauges, certificates: () => [], generation: () => 0 }),
      trustFiles: { certificate: '', bundle: '' },
      proxyUrl: '',
      explain: () => null,
      environment: async () => ({}),
      connections: gauges,
      notReady: () => [],
    },
    'x'.repeat(43),
    limits,
  )
  test.after(async () => {
    await server.close(0)
    await folder[Symbol.asyncDispose]()
  })
  return (await server.listen('127.0.0.1', 0)).port
}

/** The problem that a request was answered with, which has to have this status. */
export async function problemOf(response: Response, status: number): Promise<Problem> {
  assert.equal(response.status, status)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  const problem = (await response.json()) as Problem
  assert.equal(problem.status, status)
  return problem
}
