import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Certhop } from '../support/certhop.ts'
import { ROOT } from '../support/command.ts'
import { RawConnection } from '../support/raw-connection.ts'

const SECRET = 'canary-0f3a'

/** certhop in which SIGUSR2 makes something throw that nobody catches, with a secret in every place but the message. */
async function startFragile(t: TestContext, statement: string): Promise<Certhop> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-crash-'))
  t.after(() => rm(folder, { recursive: true }))
  const bug = `process.on('SIGUSR2', () => {
    function open(passphrase) {
      const error = Object.assign(new TypeError('it broke', { cause: new Error(passphrase) }), { code: 'BROKEN', passphrase })
      ${statement}
    }
    open(process.env.CANARY)
  })`
  const file = join(folder, 'bug.mjs')
  await writeFile(file, bug)
  const certhop = new Certhop(
    ['serve', '--registry', `${ROOT}config/registry.yaml`, '--listen', '127.0.0.1:0', '--state-dir', folder],
    { ...process.env, NODE_OPTIONS: `--import ${file}`, CANARY: SECRET },
  )
  t.after(() => certhop.command.stop())
  return certhop
}

for (const [origin, statement] of [
  ['uncaughtException', 'throw error'],
  ['unhandledRejection', 'Promise.reject(error)'],
] as const) {
  test(`an ${origin} ends certhop with status 1, one line without secrets, and every access line before it`, async t => {
    const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const certhop = await startFragile(t, statement)
    const runner = await RawConnection.connect(Number(new URL(await certhop.proxyUrl()).port))
    runner.send(`GET http://127.0.0.1:${port}/last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    assert.equal((await runner.response()).status, 200)
    runner.close()
    certhop.command.signal('SIGUSR2')
    assert.equal(await certhop.command.exit(), 1)

    const lines = certhop.command.stderr.trimEnd().split('\n')
    assert.doesNotMatch(certhop.command.stderr, new RegExp(SECRET))
    const [access, crash] = lines.slice(-2).map(line => JSON.parse(line))
    assert.equal(access.path, '/last')
    const { stack, time, level, ...rest } = crash
    assert.deepEqual(rest, {
      name: 'TypeError',
      code: 'BROKEN',
      message: 'it broke',
      origin,
      exitStatus: 1,
      msg: 'crashed',
    })
    assert.match(stack[0], /^at open /)
    assert.equal(level, 50)
  })
}
