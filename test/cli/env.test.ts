import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseEnv } from 'node:util'
import { main } from '../../src/cli/main.ts'
import { ROOT, runCommand } from '../support/command.ts'
import { TestIo } from '../support/io.ts'
import { passwordHash } from '../support/proxy-users.ts'
import { RegistryFolder } from '../support/registry-folder.ts'

const USERS = `{users: [{name: a, passwordHash: "${passwordHash('secret')}"}]}`

let folder: RegistryFolder

before(async () => {
  folder = await RegistryFolder.create()
  await folder.write('certhop.yaml', 'version: 1\nlisten: {port: 9128}\nstateDirectory: ./state\n')
})
after(() => folder[Symbol.asyncDispose]())

async function env(args: string[] = [], inherited: Record<string, string> = {}) {
  const io = new TestIo(folder.path, inherited)
  const status = await main(['env', ...args], io)
  return { status, stdout: io.stdout.text, stderr: io.stderr.text }
}

async function variables(args: string[] = [], inherited: Record<string, string> = {}) {
  const { stdout, stderr } = await env(['--format', 'json', ...args], inherited)
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

describe('env', () => {
  test('names an https:// proxy where the settings make it one, and says what it takes', async () => {
    await folder.write('tls.yaml', 'version: 1\nlisten: {tls: {cert: a, key: b}}\nstateDirectory: ./state\n')
    const { stdout, stderr } = await env(['--config', 'tls.yaml', '--format', 'json'])
    assert.equal(JSON.parse(stdout).HTTPS_PROXY, 'https://127.0.0.1:8128')
    assert.match(stderr, /`listen\.tls`.*trust its certificate/)
  })

  test('says that a password has to be added where the settings ask for one', async () => {
    await folder.write('users.yaml', `version: 1\nlisten: ${USERS}\nstateDirectory: ./state\n`)
    const { status, stdout, stderr } = await env(['--config', 'users.yaml'])
    assert.equal(status, 0)
    assert.match(stderr, /`listen\.users`.*USER:PASSWORD@/)
    assert.match(stdout, /HTTP_PROXY='?http:\/\/127\.0\.0\.1:8128'?\n/)
  })

  // Without `--norc` bash reads its file of settings where standard input is a socket.
  for (const [shell, ...options] of [['dash'], ['bash', '--norc']] as const) {
    test(`sets its variables through the eval of ${shell}, over what is there`, async () => {
      const script = `eval "$("$NODE" "$CERTHOP" env)"; exec "$NODE" -p 'JSON.stringify(process.env)'`
      const inherited = {
        PATH: process.env['PATH'],
        NODE: process.execPath,
        CERTHOP: `${ROOT}bin/certhop.js`,
        NO_PROXY: '.corp.example',
        JAVA_TOOL_OPTIONS: `-Dquoted="it's"`,
      }
      const { stdout, stderr } = await runCommand(shell, [...options, '-c', script], {
        env: inherited,
        folder: folder.path,
      })
      assert.equal(stderr, '')
      const seen = JSON.parse(stdout)
      assert.equal(seen.HTTPS_PROXY, 'http://127.0.0.1:9128')
      assert.equal(seen.no_proxy, '.corp.example,localhost,127.0.0.1,::1')
      assert.match(seen.JAVA_TOOL_OPTIONS, /^-Dquoted="it's" -Dhttp\.proxyHost=127\.0\.0\.1 /)
      assert.equal(seen.NODE_EXTRA_CA_CERTS, join(folder.path, 'state', 'ca.pem'))
    })
  }

  test('names files that hold the local authority, with the roots of the system where they are replaced', async () => {
    const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE } = await variables(['--state-dir', 'elsewhere'])
    assert.equal(NODE_EXTRA_CA_CERTS, join(folder.path, 'elsewhere', 'ca.pem'))
    const authority = await readFile(NODE_EXTRA_CA_CERTS, 'utf8')
    assert.equal(new X509Certificate(authority).ca, true)
    const bundle = await readFile(SSL_CERT_FILE, 'utf8')
    assert(bundle.includes(authority))
    assert(bundle.length > authority.length)
  })

  test('points at the address of the settings, or the one that is asked for', async () => {
    assert.equal((await variables()).http_proxy, 'http://127.0.0.1:9128')
    assert.equal((await variables(['--listen', '[::1]:8129'])).http_proxy, 'http://[::1]:8129')
  })

  test('prints the same for every reader', async () => {
    const expected = await variables()
    const dotenv = await env(['--format', 'dotenv'])
    assert.deepEqual({ ...parseEnv(dotenv.stdout) }, expected)
    const docker = await env(['--format', 'docker'])
    const lines = Object.entries(expected).map(([name, value]) => `${name}=${value}\n`)
    assert.equal(docker.stdout, lines.join(''))
    const sh = await env()
    assert.equal(sh.stdout.split('\n').length, lines.length + 1)
    for (const line of sh.stdout.trimEnd().split('\n')) assert.match(line, /^export \w+='.*'$/)
  })

  test('keeps the roots that the environment names, with the authority beside them', async () => {
    const corporate = await folder.write('corporate.pem', await readFile(`${ROOT}certs-example/ca.crt`))
    const { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, CURL_CA_BUNDLE } = await variables([], {
      SSL_CERT_FILE: corporate,
      NODE_EXTRA_CA_CERTS: corporate,
    })
    assert.notEqual(SSL_CERT_FILE, corporate)
    assert.deepEqual([NODE_EXTRA_CA_CERTS, CURL_CA_BUNDLE], [SSL_CERT_FILE, SSL_CERT_FILE])
    const text = await readFile(SSL_CERT_FILE, 'utf8')
    assert(text.includes(await readFile(corporate, 'utf8')))
    assert.equal(text.match(/BEGIN CERTIFICATE/g)?.length, 2)
    assert.deepEqual(
      (await variables([], { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS })).SSL_CERT_FILE,
      SSL_CERT_FILE,
      'a second time changes nothing',
    )
  })

  test('leaves out roots that cannot be read, and says so', async () => {
    const { status, stdout, stderr } = await env([], { SSL_CERT_FILE: '/nowhere/roots.pem' })
    assert.equal(status, 0)
    assert.match(stdout, /SSL_CERT_FILE='.*\/state\/bundle\.pem'/)
    assert.equal(
      stderr,
      'certhop: roots that the environment names are left out: /nowhere/roots.pem does not exist\n',
    )
  })

  test('refuses what it cannot know, with what to do instead', async () => {
    const anyPort = await env(['--listen', '127.0.0.1:0'])
    assert.equal(anyPort.status, 2)
    assert.equal(anyPort.stdout, '')
    assert.match(anyPort.stderr, /port 0 stands for any free port.*name it with --listen.*certhop run/)
    await writeFile(join(folder.path, 'ephemeral.yaml'), 'version: 1\nauthority: ephemeral\n')
    const ephemeral = await env(['--config', 'ephemeral.yaml'])
    assert.equal(ephemeral.status, 2)
    assert.equal(ephemeral.stdout, '')
    assert.match(ephemeral.stderr, /authority: ephemeral.*certhop run/)
  })

  test('names the formats there are', async () => {
    const { status, stderr } = await env(['--format', 'fish'])
    assert.equal(status, 2)
    assert.match(stderr, /Allowed choices are sh, dotenv, json, docker/)
  })
})
