import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Certhop } from '../support/certhop.ts'
import { RawConnection } from '../support/raw-connection.ts'

/** A certhop process with one request in flight, and what its server answers it with. */
async function startBusy(t: TestContext, settings: object) {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-stop-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'registry.yaml'), 'version: 1\ncertificates: []\n')
  const config = join(folder, 'certhop.yaml')
  const rest = { listen: { port: 0 }, stateDirectory: 'state', ...settings }
  await writeFile(config, JSON.stringify({ version: 1, ...rest }))
  const certhop = new Certhop(['serve', '--config', config, '--admin', '127.0.0.1:0'])
  t.after(() => certhop.command.stop())

  const reached = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => reached.resolve(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const port = Number(new URL(await certhop.proxyUrl()).port)
  const runner = await RawConnection.connect(port)
  t.after(() => runner.close())
  const { port: serverPort } = server.address() as AddressInfo
  runner.send(`GET http://127.0.0.1:${serverPort}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  return { certhop, folder, port, runner, response: await reached.promise }
}

function logged(certhop: Certhop, message: RegExp) {
  const line = certhop.command.stderr.split('\n').find(line => message.test(line))
  return JSON.parse(line ?? '{}')
}

test('SIGTERM: not ready first, no connection more, the request in flight is answered, exit status 0; the log says so in this order', async t => {
  const { certhop, port, runner, response } = await startBusy(t, {})
  const admin = await certhop.adminUrl()
  assert.equal((await fetch(`${admin}/readyz`)).status, 200)
  certhop.command.signal('SIGTERM')
  const { signal, clientConnections } = JSON.parse(await certhop.command.errorLine(/"msg":"stopping"/))
  assert.deepEqual([signal, clientConnections], ['SIGTERM', 1])
  const answer = await fetch(`${admin}/readyz`)
  assert.deepEqual([answer.status, await answer.json()], [503, { ready: false, reasons: ['shutting down'] }])
  await assert.rejects(RawConnection.connect(port), { code: 'ECONNREFUSED' })
  assert.equal((await fetch(`${admin}/livez`)).status, 200)
  response.end('done')
  const { head, body } = await runner.response()
  assert.match(head, /\r\nConnection: close\r\n/)
  assert.equal(body, 'done')
  runner.close()
  assert.equal(await certhop.command.exit(), 0)
  assert.equal(logged(certhop, /"msg":"stopped"/).connectionsCut, 0)
})

test('SIGTERM with a request that outlives shutdownTimeout: it is cut, exit status 1, and the log says why', async t => {
  const { certhop, runner } = await startBusy(t, { shutdownTimeout: '100ms' })
  certhop.command.signal('SIGTERM')
  assert.equal((await runner.response()).status, 503)
  runner.close()
  assert.equal(await certhop.command.exit(), 1)
  const { connectionsCut, level } = logged(certhop, /"msg":"stopped;/)
  assert.deepEqual([connectionsCut, level], [1, 40])
})

test('a registry that is refused leaves certhop ready, because the last good one is in force', async t => {
  const { certhop, folder, runner, response } = await startBusy(t, {})
  response.end()
  await runner.response()
  runner.close()
  await writeFile(join(folder, 'registry.yaml'), 'version: 1\ncertificates: nothing\n')
  certhop.command.signal('SIGHUP')
  await certhop.command.errorLine(/registry refused/)
  const answer = await fetch(`${await certhop.adminUrl()}/readyz`)
  assert.deepEqual([answer.status, await answer.json()], [200, { ready: true, generation: 1 }])
})
