import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { main } from '../../src/cli/main.ts'
import { Certhop } from '../support/certhop.ts'
import { ROOT, RunningCommand } from '../support/command.ts'
import { TestIo } from '../support/io.ts'

const REGISTRY = `${ROOT}config/registry.yaml`
const STATE = mkdtempSync(join(tmpdir(), 'certhop-serve-'))
const ARGS = [
  'serve',
  '--registry',
  REGISTRY,
  '--listen',
  '127.0.0.1:0',
  '--state-dir',
  STATE,
  '--admin',
  '127.0.0.1:0',
]
after(() => rmSync(STATE, { recursive: true }))

describe('serve', () => {
  test('prints one line on stdout when it is ready, and nothing else there until it has ended', async () => {
    const certhop = new Certhop(ARGS)
    try {
      const proxy = await certhop.proxyUrl()
      assert.match(proxy, /^http:\/\/127\.0\.0\.1:\d+$/)
      const response = await fetch(proxy)
      assert.equal(response.status, 400)
      certhop.command.signal('SIGTERM')
      assert.equal(await certhop.command.exit(), 0)
      assert.deepEqual(JSON.parse(certhop.command.stdout), {
        event: 'ready',
        proxy,
        admin: await certhop.adminUrl(),
        authority: join(STATE, 'ca.pem'),
        pid: certhop.command.pid,
      })
      assert.equal(certhop.command.stdout.split('\n').length, 2)
    } finally {
      await certhop.command.stop()
    }
  })

  test('logs a link to the admin page that signs in once', async () => {
    const certhop = new Certhop(ARGS)
    try {
      const { link } = JSON.parse(await certhop.command.errorLine(/"the admin page"/))
      assert(link.startsWith(`${await certhop.adminUrl()}/session/`))
      assert.equal((await fetch(link, { redirect: 'manual' })).status, 303)
      assert.equal((await fetch(link, { redirect: 'manual' })).status, 401)
    } finally {
      await certhop.command.stop()
    }
  })

  test('--admin off has no admin plane, and no token', async () => {
    const state = join(STATE, 'without-admin')
    const certhop = new Certhop([...ARGS.slice(0, -4), '--state-dir', state, '--admin', 'off'])
    try {
      assert.equal(await certhop.adminUrl(), null)
      assert.deepEqual(await readdir(state), ['authority.pem', 'bundle.pem', 'ca.pem'])
    } finally {
      await certhop.command.stop()
    }
  })

  for (const host of ['0.0.0.0', '[::]', '192.0.2.1', 'example.com']) {
    test(`--admin on ${host}, which others can reach, is refused`, async () => {
      const io = new TestIo('/')
      assert.equal(await main([...ARGS.slice(0, -2), '--admin', `${host}:0`], io), 2)
      assert.match(io.stderr.text, /^certhop: --admin \S+ must be a loopback address \(/)
    })
  }

  test('--admin is an address or `off`', async () => {
    const io = new TestIo('/')
    assert.equal(await main([...ARGS.slice(0, -2), '--admin', 'on'], io), 2)
    assert.match(io.stderr.text, /HOST:PORT.* or `off`/)
  })

  test('a reader of its output that has seen enough is no failure', async () => {
    const child = spawn(process.execPath, [`${ROOT}bin/certhop.js`, ...ARGS, '--log-level', 'silent'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    assert.deepEqual([status, stderr], [0, ''])
  })

  test("brings the bundle up to date with the system's roots, once it is ready", async () => {
    const state = join(STATE, 'old-roots')
    const args = [...ARGS.slice(0, -4), '--state-dir', state]
    const serveOnce = async () => {
      const certhop = new Certhop(args)
      try {
        await certhop.proxyUrl()
        certhop.command.signal('SIGTERM')
        assert.equal(await certhop.command.exit(), 0)
      } finally {
        await certhop.command.stop()
      }
    }
    await serveOnce()
    const bundle = await readFile(join(state, 'bundle.pem'), 'utf8')
    const old = `${rootCertificates[0]}\n${await readFile(join(state, 'ca.pem'), 'utf8')}`
    await writeFile(join(state, 'bundle.pem'), old)
    await serveOnce()
    assert.equal(await readFile(join(state, 'bundle.pem'), 'utf8'), bundle)
  })

  test('SIGINT ends it as well', async () => {
    const certhop = new Certhop(ARGS)
    try {
      await certhop.proxyUrl()
      certhop.command.signal('SIGINT')
      assert.equal(await certhop.command.exit(), 0)
    } finally {
      await certhop.command.stop()
    }
  })

  test('SIGHUP reads the registry again', async () => {
    const certhop = new Certhop(ARGS)
    try {
      await certhop.proxyUrl()
      certhop.command.signal('SIGHUP')
      await certhop.command.errorLine(/"reason":"request".*registry loaded/)
    } finally {
      await certhop.command.stop()
    }
  })

  test('through a Node that is too old, the pinned one serves and gets the signals', async () => {
    const become = `import { become } from ${JSON.stringify(`${ROOT}bin/runtime.js`)}; become(process.execPath, process.argv.slice(1))`
    const args = ['--input-type=module', '-e', become, `${ROOT}bin/certhop.js`, ...ARGS]
    const outer = new RunningCommand(process.execPath, args)
    try {
      const { proxy } = JSON.parse(await outer.line(/"ready"/))
      assert.equal((await fetch(proxy)).status, 400)
      outer.signal('SIGTERM')
      assert.equal(await outer.exit(), 0)
      await assert.rejects(fetch(proxy))
    } finally {
      await outer.stop()
    }
  })

  describe('with requests in flight', () => {
    let silent: Server
    let folder: string
    const sockets = new Set<Socket>()
    before(async () => {
      silent = createServer(socket => sockets.add(socket)).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      folder = await mkdtemp(join(tmpdir(), 'certhop-serve-'))
      const settings = `version: 1\nregistry: ${REGISTRY}\nlisten: {port: 0}\nadmin: off\nlog: {level: silent}\nshutdownTimeout: SECONDS`
      await writeFile(join(folder, 'patient.yaml'), settings.replace('SECONDS', '1h'))
      await writeFile(join(folder, 'hasty.yaml'), settings.replace('SECONDS', '0s'))
    })
    after(async () => {
      for (const socket of sockets) socket.destroy()
      silent.close()
      await rm(folder, { recursive: true })
    })

    /** A certhop in this process with one request that its server never answers. */
    async function serveWithHangingRequest(settings: string) {
      const io = new TestIo(folder)
      const status = main(['serve', '--config', settings], io)
      if (io.stdout.text === '') await once(io.stdout, 'text')
      const { hostname, port } = new URL(JSON.parse(io.stdout.text).proxy)
      const path = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
      const request = get({ host: hostname, port, path, agent: false })
      request.on('error', () => {})
      const closed = new Promise(resolve => request.on('close', resolve))
      await once(silent, 'connection')
      return { io, status, closed }
    }

    test('a second signal ends at once, with the status that shells give for it', async () => {
      const { io, status, closed } = await serveWithHangingRequest('patient.yaml')
      io.signals.emit('SIGTERM', 'SIGTERM')
      io.signals.emit('SIGINT', 'SIGINT')
      assert.equal(await status, 130)
      for (const socket of sockets) socket.destroy()
      await closed
    })

    test('a stop that has to cut requests off is no success', async () => {
      const { io, status, closed } = await serveWithHangingRequest('hasty.yaml')
      io.signals.emit('SIGTERM', 'SIGTERM')
      assert.equal(await status, 1)
      await closed
    })
  })

  test('files of listen.tls that cannot be used are an invalid configuration, and named', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'certhop-serve-'))
    t.after(() => rm(folder, { recursive: true }))
    const settings = `version: 1\nregistry: ${REGISTRY}\nlisten: {port: 0, tls: {cert: none.crt, key: none.key}}\n`
    await writeFile(join(folder, 'certhop.yaml'), settings)
    const io = new TestIo(folder)
    assert.equal(await main(['serve'], io), 2)
    assert.match(
      io.stderr.text,
      /listen\.tls: \S+none\.key does not exist \(create it, or correct its path\)/,
    )
    assert.equal(io.stdout.text, '')
  })

  test('the port of the admin plane that is taken is named, with what to do, and the proxy does not stay', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const io = new TestIo('/')
    const args = [...ARGS.slice(0, -2), '--log-level', 'silent', '--admin', `127.0.0.1:${port}`]
    assert.equal(await main(args, io), 1)
    assert.equal(
      io.stderr.text,
      `certhop: 127.0.0.1:${port}, for the admin plane, is taken (choose another with --admin HOST:PORT, or do without with --admin off)\n`,
    )
    assert.equal(io.stdout.text, '')
    other.close()
  })

  test('a port that is taken is named, with what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const io = new TestIo('/')
    const args = ['serve', '--registry', REGISTRY, '--log-level', 'silent', '--listen', `127.0.0.1:${port}`]
    assert.equal(await main(args, io), 1)
    assert.equal(io.stderr.text, `certhop: 127.0.0.1:${port} is taken; choose another with --listen\n`)
    assert.equal(io.stdout.text, '')
    other.close()
  })
})
