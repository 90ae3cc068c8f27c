import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { startProxy, type TestEntry } from '../support/proxy.ts'
import { startHttpsServer } from '../support/servers.ts'
import { storm } from '../support/storm.ts'

const HOSTS = ['alpha.example.test', 'beta.example.test'] as const
const REWRITES = 100

test('10,000 requests to two names of one server all carry the identity in force, while the registry changes 100 times', async t => {
  const root = await createAuthority({ name: 'Root' })
  const server = await root.server({ name: HOSTS[0], names: [HOSTS[1]] })
  const pairs: Record<string, readonly [Certificate, Certificate]> = {
    [HOSTS[0]]: [await root.client({ name: 'alpha' }), await root.client({ name: 'alpha' })],
    [HOSTS[1]]: [await root.client({ name: 'beta' }), await root.client({ name: 'beta' })],
  }
  const port = await startHttpsServer(
    t,
    { certificate: server, clientAuthority: root },
    (request, response) => {
      request.resume().on('end', () => {
        response.end((request.socket as TLSSocket).getPeerX509Certificate()?.serialNumber)
      })
    },
  )

  const certificateOf = (host: string, round: number) => pairs[host]?.[round % 2] as Certificate
  /** Both certificates change in every round, and so do the number and the place of the entries. */
  const entries = (round: number): TestEntry[] => [
    { id: 'noise', host: '*.example.test', certificate: certificateOf(HOSTS[0], round + 1), ca: root },
    ...HOSTS.map((host, index) => ({
      id: `entry-${index}`,
      host,
      certificate: certificateOf(host, round),
      ca: root,
    })),
    ...(round % 3 === 0
      ? [{ id: 'other', host: `other-${round}.test`, certificate: certificateOf(HOSTS[1], round) }]
      : []),
  ]
  const resolve = Object.fromEntries(HOSTS.map(host => [host, `127.0.0.1:${port}`]))
  const proxy = await startProxy(t, entries(0), { resolve, log: { access: false, level: 'warn' } })

  /** Rounds by the generation of the registry that they led to. */
  const rounds = new Map([[proxy.app.registry.current.generation, 0]])
  async function rewrite(): Promise<void> {
    for (let round = 1; round <= REWRITES; round += 1) {
      await proxy.setEntries(entries(round))
      rounds.set(proxy.app.registry.current.generation, round)
    }
  }
  const answers = await storm({
    proxyPort: proxy.port,
    hosts: HOSTS,
    connections: 64,
    requests: 10_000,
    during: rewrite(),
    mark: () => proxy.app.registry.current.generation,
  })

  assert.ok(answers.length >= 10_000)
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200),
    [],
  )
  const wrong = answers.filter(({ host, sentAt, answeredAt, body }) => {
    for (let generation = sentAt; generation <= answeredAt; generation += 1) {
      const round = rounds.get(generation)
      if (round !== undefined && certificateOf(host, round).x509.serialNumber === body) return false
    }
    return true
  })
  assert.deepEqual(wrong, [])
  assert.equal(rounds.size, REWRITES + 1, 'every rewrite came into force')
})
