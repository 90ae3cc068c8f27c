import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { main } from '../../src/cli/main.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { ROOT, RunningCommand } from '../support/command.ts'
import { TestIo } from '../support/io.ts'
import { passwordHash } from '../support/proxy-users.ts'
import { entry, RegistryFolder } from '../support/registry-folder.ts'
import { clientName, listen, startHttpServer, startHttpsServer } from '../support/servers.ts'

const NODE = process.execPath
const CERTHOP = `${ROOT}bin/certhop.js`

let folder: RegistryFolder
let authority: Certificate

before(async () => {
  folder = await RegistryFolder.create()
  authority = await createAuthority({ name: 'Root' })
  await folder.write('ca.crt', authority.pem)
  await folder.writePair('payments', await authority.client({ name: 'payments' }))
  await folder.writeRegistry(entry('payments', 'api.example.test', 'ca: ca.crt'))
  await writeSettings(9)
})
after(() => folder[Symbol.asyncDispose]())

/** Settings that lead the hosts of the tests to `port` on this machine. */
async function writeSettings(port: number): Promise<void> {
  const resolve = ['api', 'other'].map(name => `  ${name}.example.test: 127.0.0.1:${port}\n`)
  await folder.write('certhop.yaml', `version: 1\nstateDirectory: ./state\nresolve:\n${resolve.join('')}`)
}

/** That of a shell that knows nothing of proxies and roots. */
function environment(): Record<string, string | undefined> {
  return { PATH: process.env['PATH'], HOME: folder.path }
}

/** `certhop run` in this process, for commands that print nothing. */
async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const io = new TestIo(folder.path, environment())
  const status = await main(['run', ...args], io)
  return { status, stdout: io.stdout.text, stderr: io.stderr.text }
}

function startRun(...args: string[]): RunningCommand {
  return new RunningCommand(NODE, [CERTHOP, 'run', ...args], { env: environment(), folder: folder.path })
}

/** A process of its own, to its end. */
async function output(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const command = startRun(...args)
  return { status: await command.exit(), stdout: command.stdout, stderr: command.stderr }
}

/** A command that requests every one of `urls` and prints the bodies. */
function fetching(...urls: string[]): string[] {
  const script = `
    for (const url of process.argv.slice(1)) process.stdout.write(await (await fetch(url)).text())`
  return [NODE, '--input-type=module', '--eval', script, ...urls]
}

test('run refuses settings that ask of a runner what its command would not have', async () => {
  const users = `users: [{name: a, passwordHash: "${passwordHash('secret')}"}]`
  for (const listen of [users, 'tls: {cert: a, key: b}']) {
    await folder.write('listen.yaml', `version: 1\nstateDirectory: ./state\nlisten: {${listen}}\n`)
    const { status, stderr } = await run('--config', 'listen.yaml', '--', 'true')
    assert.equal(status, 2)
    assert.match(stderr, /`listen\.users` or `listen\.tls` in the settings asks for what the command/)
  }
})

describe('a command under run', () => {
  for (const status of [0, 3]) {
    test(`gives its status ${status} to certhop`, async () => {
      assert.equal((await run('--', 'sh', '-c', `exit ${status}`)).status, status)
    })
  }

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`that ${signal} ended makes certhop end as a shell does`, async () => {
      const { status } = await run('--', 'sh', '-c', `kill -s ${signal.slice(3)} $$`)
      assert.equal(status, 128 + constants.signals[signal])
    })
  }

  test('has standard input and both outputs to itself, byte for byte', async () => {
    const input = randomBytes(2 ** 22)
    const args = [CERTHOP, 'run', '--quiet', '--', 'sh', '-c', 'echo said >&2; exec cat']
    const certhop = spawn(NODE, args, { env: environment(), cwd: folder.path })
    certhop.stdin.end(input)
    const [stdout, stderr, [status]] = await Promise.all([
      buffer(certhop.stdout),
      buffer(certhop.stderr),
      once(certhop, 'exit'),
    ])
    assert.equal(status, 0)
    assert(stdout.equals(input))
    assert.equal(stderr.toString(), 'said\n')
  })

  for (const [where, first] of [
    ['behind --', ['--']],
    ['without --', []],
  ] as const) {
    test(`keeps its options, ${where}`, async () => {
      const script = 'test "$*" = "--quiet -- --help -x"'
      const { status, stderr } = await run(
        ...first,
        'sh',
        '-c',
        script,
        'sh',
        '--quiet',
        '--',
        '--help',
        '-x',
      )
      assert.equal(status, 0)
      assert.match(stderr, /no request came/, '--quiet was not for certhop')
    })
  }

  test('gets the signals that certhop gets, and ends when it wants to', async () => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
    const script = `
      for (const signal of process.argv.slice(1)) process.on(signal, () => console.log(signal))
      process.on('SIGUSR2', () => process.exit(7))
      setInterval(() => {}, 1000)
      console.log('ready')`
    const command = startRun('--', NODE, '--eval', script, ...signals)
    await command.line(/^ready$/)
    for (const signal of signals) {
      command.signal(signal)
      await command.line(new RegExp(`^${signal}$`))
    }
    assert.equal(await command.exit(), 7)
    assert.equal(command.stdout, `ready\n${signals.join('\n')}\n`)
  })

  test('finds the variables of `certhop env`, and takes the proxy with it when it ends', async () => {
    const script = 'fs.writeFileSync("variables.json", JSON.stringify(process.env))'
    await run('--', NODE, '--eval', script)
    const variables = JSON.parse(await folder.read('variables.json'))
    assert.equal(variables.PATH, process.env['PATH'])
    assert.match(variables.HTTP_PROXY, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.equal(variables.https_proxy, variables.HTTP_PROXY)
    await assert.rejects(fetch(variables.HTTP_PROXY))
  })

  test('has no admin page beside it unless one is asked for', async () => {
    assert.doesNotMatch((await run('--', NODE, '-e', '')).stderr, /admin page/)
    const { status, stderr } = await run('--admin', '127.0.0.1:0', '--', NODE, '-e', '')
    assert.equal(status, 0)
    assert.match(stderr, /^certhop: the admin page is http:\/\/127\.0\.0\.1:\d+\/session\/\S+\n/)
  })

  test('that does not exist is status 127 and named', async () => {
    const { status, stderr } = await run('--', 'no-such-runner', '--help')
    assert.equal(status, 127)
    assert.equal(stderr, 'certhop: no-such-runner: command not found (is it installed, and on the PATH?)\n')
  })

  test('that cannot be executed is status 126 and named', async () => {
    const file = await folder.write('script.sh', '#!/bin/sh\n')
    const { status, stderr } = await run('--', file)
    assert.equal(status, 126)
    assert.equal(stderr, `certhop: ${file}: permission denied (is it an executable file?)\n`)
  })

  test('must be named', async () => {
    for (const args of [[], ['--']]) {
      const { status, stderr } = await run(...args)
      assert.equal(status, 2)
      assert.match(stderr, /missing required argument 'command'/)
    }
  })

  test('does not run when the registry is refused', async () => {
    await folder.write('wrong.yaml', 'version: 1\ncertificates: nonsense\n')
    const { status, stderr } = await run('--registry', 'wrong.yaml', '--', 'no-such-runner')
    assert.equal(status, 2)
    assert.match(stderr, /wrong\.yaml:2:15: /)
  })

  test('does not run when the port that was asked for is taken', async t => {
    const port = await listen(t, createServer())
    const { status, stderr } = await run('--listen', `127.0.0.1:${port}`, '--', 'no-such-runner')
    assert.equal(status, 1)
    assert.equal(stderr, `certhop: 127.0.0.1:${port} is taken; choose another with --listen\n`)
  })
})

describe('the requests of a command under run', () => {
  test('go out with their certificates, and are summed up on stderr', async t => {
    const certificate = await authority.server({ name: 'api.example.test' })
    await writeSettings(
      await startHttpsServer(t, { certificate, clientAuthority: authority }, (request, response) => {
        response.end(`${clientName(request.socket)} ${request.url}\n`)
      }),
    )
    const urls = ['http://api.example.test/upgraded', 'https://api.example.test/intercepted']
    assert.deepEqual(await output('--', ...fetching(...urls)), {
      status: 0,
      stdout: 'payments /upgraded\npayments /intercepted\n',
      stderr: 'certhop: 2 requests: 2 with payments\n',
    })
  })

  test('that need no certificate, and those that failed, are counted as well', async t => {
    await writeSettings(await startHttpServer(t, (_, response) => response.end('clear\n')))
    await folder.write('broken.yaml', `version: 1\ncertificates: [{${entry('gone', 'api.example.test')}}]\n`)
    const urls = ['http://other.example.test/', 'http://api.example.test/']
    const { stdout, stderr } = await output('--registry', 'broken.yaml', '--', ...fetching(...urls))
    assert.match(stdout, /^clear\n\{.*"type":"urn:certhop:error:client_certificate_missing_file"/)
    assert.match(
      stderr,
      /\ncerthop: 2 requests: 1 without a certificate; 1 failed: client_certificate_missing_file \(gone\)\n$/,
    )
  })

  test('are logged one by one when that is asked for, and never on stdout', async t => {
    await writeSettings(await startHttpServer(t, (_, response) => response.end('clear\n')))
    const command = fetching('http://other.example.test/path')
    const { stdout, stderr } = await output('--log-level', 'info', '--quiet', '--', ...command)
    assert.equal(stdout, 'clear\n')
    assert.match(stderr, /"way":"absolute-http".*"host":"other\.example\.test".*"path":"\/path"/)
    assert.doesNotMatch(stderr, /^certhop:/m)
  })

  test('are not waited for when the command ends before their answers', async t => {
    const asked = Promise.withResolvers<void>()
    await writeSettings(await startHttpServer(t, () => asked.resolve()))
    const command = startRun('--', ...fetching('http://other.example.test/'))
    await asked.promise
    command.signal('SIGTERM')
    assert.equal(await command.exit(), 128 + constants.signals.SIGTERM)
    assert.match(command.stderr, /\ncerthop: 1 request: 1 failed: shutting_down \(other\.example\.test\)\n$/)
  })

  test('that never came are a reason to say what to look at', async () => {
    const { stderr } = await run('--', 'true')
    assert.equal(
      stderr,
      'certhop: no request came through the proxy (does true read HTTP_PROXY and HTTPS_PROXY, and trust the local ' +
        'authority? Hosts in NO_PROXY are reached without a proxy: localhost, 127.0.0.1, ::1)\n',
    )
  })
})
