import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { main } from '../../src/cli/main.ts'
import { Certhop } from '../support/certhop.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { ROOT, RunningCommand } from '../support/command.ts'
import { TestIo } from '../support/io.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { entry, RegistryFolder } from '../support/registry-folder.ts'
import { startHttpsServer } from '../support/servers.ts'

let folder: RegistryFolder
let authority: Certificate

before(async () => {
  folder = await RegistryFolder.create()
  authority = await createAuthority({ name: 'Root' })
  await folder.write('ca.crt', authority.pem)
  await folder.writePair('payments', await authority.client({ name: 'payments' }))
  await folder.writeRegistry(entry('payments', 'api.example.test', 'ca: ca.crt'))
})
after(() => folder[Symbol.asyncDispose]())

/** The options of a proxy whose `api.example.test` is on `port`, and a free port for itself. */
async function options(port: number): Promise<string[]> {
  const settings = {
    version: 1,
    stateDirectory: './state',
    resolve: { 'api.example.test': `127.0.0.1:${port}` },
  }
  const config = await folder.write('certhop.yaml', JSON.stringify(settings))
  return ['--config', config, '--listen', '127.0.0.1:0']
}

describe('--workers', () => {
  for (const value of ['0', '-1', '1.5', 'x', '1000', '']) {
    test(`refuses ${JSON.stringify(value)}, and says what it takes`, async () => {
      const io = new TestIo(folder.path)
      assert.equal(await main(['serve', `--workers=${value}`], io), 2)
      assert.match(io.stderr.text, /It must be a number from 1 on, or `auto`\./)
    })
  }

  for (const value of ['auto', '3']) {
    test(`${value} serves, and SIGTERM ends it in order`, async () => {
      const certhop = new Certhop(['serve', ...(await options(9)), '--workers', value])
      try {
        const url = await certhop.proxyUrl()
        assert.equal((await fetch(url)).status, 400)
        certhop.command.signal('SIGTERM')
        assert.equal(await certhop.command.exit(), 0)
        assert.match(certhop.command.stderr, /"error":"not_a_proxy_request","msg":"request"/)
        assert.match(certhop.command.stderr, /"connectionsCut":0,"msg":"stopped"/)
      } finally {
        await certhop.command.stop()
      }
    })
  }

  test('of run carry what its command requests, and all of it is counted at the end', async t => {
    const certificate = await authority.server({ name: 'api.example.test' })
    const port = await startHttpsServer(
      t,
      { certificate, clientAuthority: authority },
      (_request, response) => response.end('ok'),
    )
    const script = `
      const urls = Array.from({ length: 24 }, (_, index) => 'http://api.example.test/' + index)
      const answers = await Promise.all(urls.map(url => fetch(url)))
      process.stdout.write(String(answers.filter(({ status }) => status === 200).length))`
    const args = ['run', ...(await options(port)), '--workers', '2', '--']
    const command = [process.execPath, '--input-type=module', '--eval', script]
    const run = new RunningCommand(process.execPath, [`${ROOT}bin/certhop.js`, ...args, ...command], {
      env: { PATH: process.env['PATH'], HOME: folder.path },
    })
    assert.equal(await run.exit(), 0, run.stderr)
    assert.equal(run.stdout, '24')
    assert.match(run.stderr, /certhop: 24 requests: 24 with payments\n/)
  })

  test('end the process with an error that one of them does not expect, as it would end without them', async t => {
    // What a bug would do, in whichever worker accepts a connection.
    const fault = `
      import { subscribe } from 'node:diagnostics_channel'
      import { isMainThread } from 'node:worker_threads'
      const fail = () => process.nextTick(() => { throw new Error('a bug in a worker') })
      if (!isMainThread) subscribe('net.server.socket', fail)`
    const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` }
    const certhop = new Certhop(['serve', ...(await options(9)), '--workers', '2'], env)
    t.after(() => certhop.command.stop())
    const runner = await RawConnection.connect(Number(new URL(await certhop.proxyUrl()).port))
    await runner.untilEnd()
    runner.close()
    assert.equal(await certhop.command.exit(), 1)
    assert.match(certhop.command.stderr, /"message":"a bug in a worker".*"msg":"crashed"/)
  })
})
