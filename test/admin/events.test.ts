import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { before, test } from 'node:test'
import type { RegistryReload, Requests, ShownRecord, Status, StatusEvent } from '../../src/admin/schemas.ts'
import { startAdmin, type TestAdmin } from '../support/admin.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { EventStream } from '../support/event-stream.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startHttpServer } from '../support/servers.ts'

let client: Certificate

before(async () => {
  client = await (await createAuthority({ name: 'Root' })).client({ name: 'client' })
})

async function streamOf(admin: TestAdmin): Promise<EventStream> {
  const response = await admin.fetch('/api/events')
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  return new EventStream(response)
}

async function request({ proxy }: TestAdmin, host: string): Promise<void> {
  const runner = await proxy.send(
    `GET http://${host}/a?token=canary HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  )
  await runner.untilEnd()
}

test('a request is told when it has ended, as it is listed, without the values of its query', async t => {
  const admin = await startAdmin(t)
  const stream = await streamOf(admin)
  await request(admin, 'first.invalid')
  const told = await stream.next<ShownRecord>('request')
  assert.deepEqual([told.host, told.path, told.error], ['first.invalid', '/a?token=***', 'dns_failed'])
  await request(admin, 'second.invalid')
  assert.equal((await stream.next<ShownRecord>('request')).host, 'second.invalid')
  const { requests } = await admin.get<Requests>('/api/requests')
  assert.deepEqual(
    requests.map(({ host }) => host),
    ['second.invalid', 'first.invalid'],
  )
  assert.deepEqual(requests[1], told)
  await stream.close()
})

test('a change of the YAML is told, and so is one by the API, and what is wrong with one', async t => {
  const admin = await startAdmin(t)
  const stream = await streamOf(admin)
  const body = { host: 'a.test', cert: client.chain, key: client.key() }
  assert.equal((await admin.post('/api/certificates', body)).status, 201)
  const added = await stream.next<RegistryReload>('registry')
  assert.deepEqual([added.outcome, added.added], ['loaded', ['a.test']])
  const file = join(admin.proxy.folder, 'registry.yaml')
  await writeFile(file, 'version: 1\ncertificates: []\n')
  let told = await stream.next<RegistryReload>('registry')
  // A request of the API may have found nothing new in between.
  if (told.outcome === 'unchanged') told = await stream.next<RegistryReload>('registry')
  assert.deepEqual([told.reason, told.outcome, told.removed], ['change', 'loaded', ['a.test']])
  await writeFile(file, 'version: 1\ncertificates: 5\n')
  const refused = await stream.next<RegistryReload>('registry')
  assert.equal(refused.outcome, 'refused')
  assert.deepEqual(
    refused.problems.map(({ line, column }) => [line, column]),
    [[2, 15]],
  )
  const { reloads } = await admin.get<Status>('/api/status')
  assert.deepEqual(reloads[0], refused)
  await stream.close()
})

test('how the process is comes first, and again every two seconds', async t => {
  const admin = await startAdmin(t)
  const stream = await streamOf(admin)
  const first = await stream.next<StatusEvent>('status')
  assert.deepEqual(first.connections, {
    clientConnections: 0,
    tunnels: 0,
    upstreamConnections: { active: 0, idle: 0 },
  })
  const runner = await admin.proxy.connect()
  runner.send('GET')
  assert.equal((await stream.next<StatusEvent>('status')).connections.clientConnections, 1)
  await stream.close()
})

test('a reader that does not read is dropped, and the others go on', async t => {
  const admin = await startAdmin(t)
  const silent = await RawConnection.connect(admin.port)
  silent.socket.pause()
  silent.send(admin.head('GET /api/events', `Authorization: Bearer ${admin.token}`))
  const stream = await streamOf(admin)
  const { events } = admin.proxy.app
  await request(admin, 'a.invalid')
  const [record] = admin.proxy.records
  assert(record !== undefined)
  const long = { ...record, path: `/${'x'.repeat(20_000)}` }
  // Bounded: more than the socket and what may wait for it can hold.
  for (let i = 0; i < 6; i += 1) {
    for (let j = 0; j < 200; j += 1) events.request({ ...long, requestId: `${i}-${j}` })
    let last = ''
    while (last !== `${i}-199`) last = (await stream.next<ShownRecord>('request')).requestId
  }
  silent.socket.resume()
  await silent.untilEnd()
  silent.close()
  await stream.close()
})

test('too many readers are turned away', async t => {
  const admin = await startAdmin(t)
  const streams = await Promise.all(Array.from({ length: 32 }, () => streamOf(admin)))
  assert.equal((await admin.fetch('/api/events')).status, 503)
  await Promise.all(streams.map(stream => stream.close()))
})

test('when certhop stops it is not ready first, and streams end in order', async t => {
  const admin = await startAdmin(t, [], { shutdownTimeout: 10_000 })
  const { app } = admin.proxy
  const reached = Promise.withResolvers<ServerResponse>()
  const port = await startHttpServer(t, (_request, response) => reached.resolve(response))
  await admin.proxy.send(`GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  const unanswered = await reached.promise
  const stream = await streamOf(admin)
  assert.deepEqual(await (await admin.fetch('/readyz')).json(), { ready: true, generation: 1 })
  const stopping = app.stop()
  const answer = await admin.fetch('/readyz')
  assert.equal(answer.status, 503)
  assert.deepEqual(await answer.json(), { ready: false, reasons: ['shutting down'] })
  assert.equal((await admin.fetch('/livez')).status, 200)
  assert.equal((await admin.get<Status>('/api/status')).ready, false)
  const ended = stream.end()
  unanswered.end()
  await Promise.all([stopping, ended])
  await assert.rejects(admin.fetch('/livez'))
})
