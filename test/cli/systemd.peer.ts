import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { Certhop } from '../support/certhop.ts'
import { ROOT, runCommand } from '../support/command.ts'

const UNIT = `${ROOT}config/certhop.service`

/** As systemd does: prints each message that comes to a datagram socket, its lines joined by blanks. */
const MANAGER = `
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print("bound", flush=True)
while True:
    message, rights, _, _ = socket.recv_fds(manager, 4096, 8)
    # BARRIER=1 brings a descriptor, whose end says that all before it was read.
    for right in rights: socket.close(right)
    if b"BARRIER" not in message: print(" ".join(message.decode().split()), flush=True)
`

/** The messages that come to a socket of systemd's kind. */
async function startManager(t: TestContext, path: string): Promise<AsyncIterator<string>> {
  const manager = spawn('python3', ['-c', MANAGER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(async () => {
    manager.kill()
    await once(manager, 'close')
  })
  const lines = createInterface({ input: manager.stdout })[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, 'bound')
  return lines
}

test('systemd is told when certhop is ready, reloads, is ready again, and stops', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-systemd-'))
  t.after(() => rm(folder, { recursive: true }))
  const socket = join(folder, 'notify')
  const messages = await startManager(t, socket)
  const next = async () => (await messages.next()).value
  const certhop = new Certhop(
    ['serve', '--registry', `${ROOT}config/registry.yaml`, '--listen', '127.0.0.1:0', '--state-dir', folder],
    { ...process.env, NOTIFY_SOCKET: socket },
  )
  t.after(() => certhop.command.stop())
  assert.equal(await next(), 'READY=1')
  certhop.command.signal('SIGHUP')
  assert.match(await next(), /^RELOADING=1 MONOTONIC_USEC=\d+$/)
  assert.equal(await next(), 'READY=1')
  certhop.command.signal('SIGTERM')
  assert.equal(await next(), 'STOPPING=1')
  assert.equal(await certhop.command.exit(), 0)
  assert.doesNotMatch(certhop.command.stderr, /systemd-notify/)
})

test('where systemd cannot be told, certhop says so and works all the same', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-systemd-'))
  t.after(() => rm(folder, { recursive: true }))
  const certhop = new Certhop(
    ['serve', '--registry', `${ROOT}config/registry.yaml`, '--listen', '127.0.0.1:0', '--state-dir', folder],
    { ...process.env, NOTIFY_SOCKET: join(folder, 'nobody'), PATH: folder },
  )
  t.after(() => certhop.command.stop())
  const { error } = JSON.parse(await certhop.command.errorLine(/systemd-notify failed/))
  assert.equal(error, 'it is not on the PATH')
  assert.equal((await fetch(await certhop.proxyUrl())).status, 400)
})

test('the unit of systemd is one, and as locked down as docs/operation.md says', async () => {
  const verified = await runCommand('systemd-analyze', ['verify', UNIT])
  const faults = verified.stderr.split('\n').filter(line => !/^$|is not executable/.test(line))
  assert.deepEqual(faults, [])
  const { stdout } = await runCommand('systemd-analyze', ['security', '--offline=true', '--no-pager', UNIT])
  const [, score = ''] = /Overall exposure level for certhop\.service: ([\d.]+)/.exec(stdout) ?? []
  assert.ok(Number(score) > 0 && Number(score) <= 1.6, stdout)
  const document = await readFile(`${ROOT}docs/operation.md`, 'utf8')
  assert.match(document, new RegExp(`exposure level of ${score.replace('.', '\\.')} `))
})
