import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { startBilingualServer } from '../support/http2.ts'
import { LANE_WAYS, type LaneWay } from '../support/lanes.ts'
import { startProxy, type TestEntry } from '../support/proxy.ts'
import { type Storm, storm } from '../support/storm.ts'

const HOSTS = ['alpha.example.test', 'beta.example.test'] as const

interface Trial extends Pick<Storm, 'connections' | 'requests'> {
  readonly ways: readonly LaneWay[]
  readonly rewrites: number
  readonly workers?: number
}

/** Asserts that every request of a storm carries an identity that was in force while it was under way. */
async function assertIdentities(t: TestContext, { rewrites, workers = 1, ...trial }: Trial): Promise<void> {
  const root = await createAuthority({ name: 'Root' })
  const server = await root.server({ name: HOSTS[0], names: [HOSTS[1]] })
  const pairs: Record<string, readonly [Certificate, Certificate]> = {
    [HOSTS[0]]: [await root.client({ name: 'alpha' }), await root.client({ name: 'alpha' })],
    [HOSTS[1]]: [await root.client({ name: 'beta' }), await root.client({ name: 'beta' })],
  }
  const port = await startBilingualServer(
    t,
    { certificate: server, clientAuthority: root },
    (request, response) => {
      const { serialNumber = '' } = (request.socket as TLSSocket).getPeerX509Certificate() ?? {}
      request.resume().on('end', () => response.end(serialNumber))
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
  const log = { access: false, level: 'warn' }
  const proxy = await startProxy(t, entries(0), { resolve, log, workers })
  const generation = () => proxy.app.registry.current.generation

  /** Rounds by the generation of the registry that they led to. */
  const rounds = new Map([[generation(), 0]])
  /** A reload that is done is in force with every worker; until then some may be a generation behind. */
  let inForce = generation()
  async function rewrite(): Promise<void> {
    for (let round = 1; round <= rewrites; round += 1) {
      await proxy.setEntries(entries(round))
      inForce = generation()
      rounds.set(inForce, round)
    }
  }
  const answers = await storm({
    proxyPort: proxy.port,
    hosts: HOSTS,
    authority: await readFile(proxy.app.trustFiles.certificate, 'utf8'),
    ...trial,
    during: rewrite(),
    mark: moment => (workers > 1 && moment === 'sent' ? inForce : generation()),
  })

  assert.ok(answers.length >= trial.requests)
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
  assert.equal(rounds.size, rewrites + 1, 'every rewrite came into force')
  assert.deepEqual(new Set(answers.map(({ way }) => way)), new Set(trial.ways))
}

test('10,000 requests to two names of one server all carry the identity in force, while the registry changes 100 times', t =>
  assertIdentities(t, { connections: 64, requests: 10_000, rewrites: 100, ways: ['absolute-form'] }))

test('so do 4,000 in tunnels and beside them, of HTTP/1.1 and HTTP/2, while it changes 40 times', t =>
  assertIdentities(t, { connections: 24, requests: 4000, rewrites: 40, ways: LANE_WAYS }))

test('so do 4,000 with two workers, which the registry reaches one after the other', t =>
  assertIdentities(t, { connections: 24, requests: 4000, rewrites: 40, ways: LANE_WAYS, workers: 2 }))
