import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Certhop } from '../support/certhop.ts'
import { RawConnection } from '../support/raw-connection.ts'

// A program: one certhop takes over the ports of another while requests are sent, each on a connection of its own. Its
// argument says how many workers each has. Prints `{"sent": NUMBER, "lost": ["PATH: WHY"]}`.

const RUNNERS = 8
const [, , WORKERS = '1'] = process.argv

const folder = await mkdtemp(join(tmpdir(), 'certhop-hand-over-'))
const server = createServer((request, response) => response.end(request.url)).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port: serverPort } = server.address() as AddressInfo
await writeFile(join(folder, 'registry.yaml'), 'version: 1\ncertificates: []\n')
const config = join(folder, 'certhop.yaml')
const settings = { version: 1, stateDirectory: 'state', log: { access: false } }
await writeFile(config, JSON.stringify({ ...settings, listen: { port: 0, reusePort: true } }))

let sent = 0
let over = false
const lost: string[] = []

async function run(port: number): Promise<void> {
  while (!over) {
    sent += 1
    const path = `/${sent}`
    try {
      const connection = await RawConnection.connect(port)
      const target = `http://127.0.0.1:${serverPort}${path}`
      connection.send(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      const { status, body } = await connection.response()
      if (status !== 200 || body !== path) lost.push(`${path}: ${status} ${body}`)
      connection.close()
    } catch (error) {
      lost.push(`${path}: ${error}`)
    }
  }
}

const serve = ['serve', '--config', config, '--workers', WORKERS]
const before = new Certhop([...serve, '--admin', '127.0.0.1:0'])
const port = Number(new URL(await before.proxyUrl()).port)
const admin = await before.adminUrl()
const runners = Array.from({ length: RUNNERS }, () => run(port))
const after = new Certhop([...serve, ...['--listen', `127.0.0.1:${port}`, '--admin', new URL(admin).host]])
try {
  await after.proxyUrl()
  before.command.signal('SIGTERM')
  assert.equal(await before.command.exit(), 0)
  const until = sent + 200
  while (sent < until) await setImmediate()
  assert.equal((await fetch(`${admin}/readyz`)).status, 200)
} finally {
  over = true
  await Promise.all([...runners, before.command.stop(), after.command.stop()])
  server.close()
  await rm(folder, { recursive: true })
}
process.stdout.write(JSON.stringify({ sent, lost }))
