import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Certhop } from '../support/certhop.ts'
import { RawConnection } from '../support/raw-connection.ts'

const RUNNERS = 8

test('a new process takes over the ports of the one before, and no request is lost, whichever of them has it', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-hand-over-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'registry.yaml'), 'version: 1\ncertificates: []\n')
  const config = join(folder, 'certhop.yaml')
  const settings = { version: 1, stateDirectory: 'state', log: { access: false } }
  await writeFile(config, JSON.stringify({ ...settings, listen: { port: 0, reusePort: true } }))
  const server = createServer((request, response) => response.end(request.url)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port: serverPort } = server.address() as AddressInfo

  const serve = (...args: string[]) => {
    const certhop = new Certhop(['serve', '--config', config, ...args])
    t.after(() => certhop.command.stop())
    return certhop
  }
  const before = serve('--admin', '127.0.0.1:0')
  const port = Number(new URL(await before.proxyUrl()).port)
  const admin = await before.adminUrl()

  let sent = 0
  let over = false
  const lost: string[] = []
  async function runner(): Promise<void> {
    while (!over) {
      sent += 1
      const path = `/${sent}`
      try {
        const connection = await RawConnection.connect(port)
        connection.send(
          `GET http://127.0.0.1:${serverPort}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
        )
        const { status, body } = await connection.response()
        if (status !== 200 || body !== path) lost.push(`${path}: ${status} ${body}`)
        connection.close()
      } catch (error) {
        lost.push(`${path}: ${error}`)
      }
    }
  }
  const runners = Array.from({ length: RUNNERS }, runner)
  const after = serve('--listen', `127.0.0.1:${port}`, '--admin', new URL(admin).host)
  assert.equal(new URL(await after.proxyUrl()).port, String(port))
  before.command.signal('SIGTERM')
  assert.equal(await before.command.exit(), 0)
  const then = sent
  while (sent < then + 200) await new Promise(setImmediate)
  over = true
  await Promise.all(runners)
  assert.deepEqual(lost, [])
  assert.equal((await fetch(`${admin}/readyz`)).status, 200)
})
