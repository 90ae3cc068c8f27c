import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { parsePasswordHash } from '../../src/core/password-hash.ts'
import { runCommand } from '../support/command.ts'
import { HOST, startIntercepting } from '../support/interception.ts'
import type { ProxySettings } from '../support/proxy.ts'
import { ENTRIES, passwordHash, startIdentityServer } from '../support/proxy-users.ts'

const PASSWORD = 'p@ss: w/%ü'
const ENCODED = encodeURIComponent(PASSWORD)

/** Where the proxy is, as users write it, but for the credentials. */
async function start(t: TestContext, settings: ProxySettings = {}) {
  const { proxy } = await startIntercepting(t, await startIdentityServer(t), settings, ENTRIES)
  return {
    proxy,
    address: `127.0.0.1:${proxy.port}`,
    authority: proxy.app.trustFiles.certificate,
    bundle: proxy.app.trustFiles.bundle,
  }
}

function startWithUsers(t: TestContext) {
  const hash = parsePasswordHash(passwordHash(PASSWORD))
  assert(hash !== null)
  const users = ['payments', 'payments+orders'].map(name => ({ name, passwordHash: hash }))
  return start(t, { listen: { users } })
}

const REPORT = '%{stderr}%{num_connects} %{http_connect} %{response_code}'

function curl(...args: string[]) {
  return runCommand('curl', ['--silent', '--write-out', REPORT, ...args])
}

for (const scheme of ['http', 'https']) {
  describe(`${scheme}:// with curl`, () => {
    test('chooses the certificate by the user of the proxy', async t => {
      const { address, authority } = await start(t)
      for (const [user, winner] of [
        ['', 'everybody'],
        ['payments@', 'payments'],
        ['orders:any@', 'orders'],
        ['orders+payments@', 'payments'],
        ['orders%2Bpayments@', 'payments'],
        ['other@', 'everybody'],
      ] as const) {
        const proxy = `http://${user}${address}`
        const { stdout } = await curl('--cacert', authority, '--proxy', proxy, `${scheme}://${HOST}/`)
        assert.equal(stdout, winner, user)
      }
    })

    test('authenticates at once, or on the same connection when it is asked to', async t => {
      const { address, authority } = await startWithUsers(t)
      for (const options of [[], ['--proxy-anyauth']]) {
        const proxy = ['--proxy', `http://payments:${ENCODED}@${address}`, ...options]
        const { stdout, stderr } = await curl('--cacert', authority, ...proxy, `${scheme}://${HOST}/`)
        assert.equal(stdout, 'payments')
        assert.match(stderr, /^1 .* 200$/)
      }
    })

    test('is told 407 without a password and with a wrong one', async t => {
      const { address, authority } = await startWithUsers(t)
      for (const user of ['', 'payments@', 'payments:wrong@', `other:${ENCODED}@`]) {
        const proxy = `http://${user}${address}`
        const { stderr, stdout } = await curl('--cacert', authority, '--proxy', proxy, `${scheme}://${HOST}/`)
        assert.match(stderr, scheme === 'http' ? / 407$/ : /^1 407 /)
        assert.doesNotMatch(stdout, /payments|everybody/)
      }
    })
  })
}

/** Clients that read the proxy with its credentials from the environment, and print the body of a URL. */
const CLIENTS: Record<string, string[]> = {
  wget: ['wget', '--quiet', '--output-document=-'],
  'Python urllib': [
    'python3',
    '-c',
    'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode(), end="")',
  ],
  'Python requests': ['python3', '-c', 'import sys, requests; print(requests.get(sys.argv[1]).text, end="")'],
  'Node fetch': [
    process.execPath,
    '--eval',
    'fetch(process.argv[1]).then(response => response.text()).then(text => process.stdout.write(text))',
  ],
}

for (const [name, [command = '', ...args]] of Object.entries(CLIENTS)) {
  test(`${name} authenticates as the user in the URL of its proxy, in clear and inside CONNECT`, async t => {
    const { address, authority, bundle } = await startWithUsers(t)
    const proxy = `http://payments+orders:${ENCODED}@${address}`
    const env = {
      ...process.env,
      ...{ http_proxy: proxy, https_proxy: proxy, HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
      ...{ NODE_USE_ENV_PROXY: '1', NODE_EXTRA_CA_CERTS: authority },
      ...{ SSL_CERT_FILE: bundle, REQUESTS_CA_BUNDLE: bundle },
    }
    const trust = name === 'wget' ? [`--ca-certificate=${authority}`] : []
    for (const url of [`http://${HOST}/`, `https://${HOST}/`]) {
      const { stdout, stderr } = await runCommand(command, [...args, ...trust, url], { env })
      assert.equal(stdout, 'payments', `${url}: ${stderr}`)
    }
  })
}
