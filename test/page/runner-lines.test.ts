import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { hostOf, isAwaited, verdictOf } from '../../web/src/connect/arrival.ts'
import { RUNNER_FAMILIES } from '../../web/src/connect/runner-families.ts'
import { type RunnerSetup, runnerSetup } from '../../web/src/connect/runner-setup.ts'
import { runCommand } from '../support/command.ts'
import { shownRequest } from './requests.ts'

const PROXY = 'http://127.0.0.1:8128'
const ENVIRONMENT = {
  http_proxy: PROXY,
  HTTP_PROXY: PROXY,
  HTTPS_PROXY: PROXY,
  NO_PROXY: 'localhost,127.0.0.1,::1',
  NODE_USE_ENV_PROXY: '1',
  NODE_EXTRA_CA_CERTS: "/home/o'neil/my state/ca.pem",
  SSL_CERT_FILE: "/home/o'neil/my state/bundle.pem",
  REQUESTS_CA_BUNDLE: "/home/o'neil/my state/bundle.pem",
  JAVA_TOOL_OPTIONS: '-Dhttp.proxyHost=127.0.0.1 "-Dx=$(echo hostile) `id`"',
}
const URL_WITH_QUERY = "https://api.example/it's?a=1&b=$HOME"

function linesOf(family: string, setup: RunnerSetup): string[] {
  const found = RUNNER_FAMILIES.find(({ id }) => id === family)
  return found?.snippets(setup).map(({ text }) => text) ?? []
}

/** The variables that a line hands to its command, which is replaced by one that prints them. */
async function variablesOf(line: string, command: RegExp): Promise<Record<string, string>> {
  const printing = line.replace(command, ' env')
  const { stdout } = await runCommand('/bin/sh', ['-c', printing], { env: { PATH: process.env['PATH'] } })
  return Object.fromEntries(stdout.split('\n').map(text => text.split(/=(.*)/s).slice(0, 2)))
}

describe('lines for runners', () => {
  test('give a shell every variable as it is, whatever it holds', async () => {
    const [exported = ''] = linesOf('shell', runnerSetup(ENVIRONMENT, [], URL_WITH_QUERY))
    const variables = await variablesOf(`${exported}\nrun`, /run$/)
    for (const [name, value] of Object.entries(ENVIRONMENT)) assert.equal(variables[name], value, name)
  })

  test('give one command what its family needs', async () => {
    const setup = runnerSetup(ENVIRONMENT, [], URL_WITH_QUERY)
    const commands = {
      node: / node .*$/,
      python: / python3 .*$/,
      go: / \.\/checks$/,
      newman: / newman .*$/,
      java: / java .*$/,
    }
    for (const [family, command] of Object.entries(commands)) {
      const [line = ''] = linesOf(family, setup)
      const variables = await variablesOf(line, command)
      const named = Object.keys(ENVIRONMENT).filter(name => line.includes(`${name}=`))
      assert.ok(named.length > 0, family)
      for (const name of named) {
        assert.equal(variables[name], ENVIRONMENT[name as keyof typeof ENVIRONMENT], `${family}: ${name}`)
      }
    }
  })

  test('hand the URL to the trial as one word', async () => {
    const setup = runnerSetup(ENVIRONMENT, [], URL_WITH_QUERY)
    const trial = RUNNER_FAMILIES[0]?.trial?.(setup) ?? ''
    const { stdout } = await runCommand('/bin/sh', ['-c', trial.replace(/^curl/, "printf '%s\\n'")])
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      '-x',
      PROXY,
      '--cacert',
      ENVIRONMENT.NODE_EXTRA_CA_CERTS,
      URL_WITH_QUERY,
    ])
  })

  test('name groups as the user of the proxy', () => {
    const setup = runnerSetup(ENVIRONMENT, ['payments', 'orders'], URL_WITH_QUERY)
    assert.equal(setup.proxy, 'http://payments+orders@127.0.0.1:8128')
    assert.equal(setup.variables['http_proxy'], setup.proxy)
    assert.equal(setup.variables['NO_PROXY'], ENVIRONMENT.NO_PROXY)
    assert.equal(runnerSetup(ENVIRONMENT, ['a@b:c/d'], '').proxy, 'http://a%40b%3Ac%2Fd@127.0.0.1:8128')
  })

  test('are YAML where a file is to be written', () => {
    const setup = runnerSetup(ENVIRONMENT, [], URL_WITH_QUERY)
    const module = parse(linesOf('blackbox-exporter', setup)[0] ?? '').modules.https_mtls
    assert.equal(module.http.proxy_url, PROXY)
    assert.equal(module.http.tls_config.ca_file, ENVIRONMENT.SSL_CERT_FILE)
    const { checks } = parse(linesOf('docker', setup)[1] ?? '').services
    assert.equal(checks.environment.SSL_CERT_FILE, ENVIRONMENT.SSL_CERT_FILE)
    assert.ok(checks.volumes.includes(`${ENVIRONMENT.SSL_CERT_FILE}:${ENVIRONMENT.SSL_CERT_FILE}:ro`))
  })
})

describe('the arrival of a request', () => {
  test('is told apart by its host', () => {
    assert.equal(hostOf('https://API.Payments.Example:8443/x'), 'api.payments.example')
    assert.equal(hostOf('https://[::1]/'), '::1')
    assert.equal(hostOf('not a URL'), null)
    assert.equal(isAwaited(shownRequest(), 'api.payments.example'), true)
    assert.equal(isAwaited(shownRequest(), 'orders.example'), false)
    assert.equal(isAwaited(shownRequest(), null), true)
  })

  test('is good news only with a certificate and an answer', () => {
    assert.equal(verdictOf(shownRequest()).kind, 'good')
    assert.equal(verdictOf(shownRequest({ status: 403 })).kind, 'warn')
    const without = verdictOf(shownRequest({ way: 'tunnel', certificate: null, rule: 'none' }))
    assert.deepEqual([without.kind, /No entry matches/.test(without.advice)], ['warn', true])
    const failed = verdictOf(shownRequest({ status: 502, error: 'passphrase_wrong' }))
    assert.deepEqual([failed.kind, failed.advice], ['bad', 'Check `passphrase` of the entry'])
    assert.equal(verdictOf(shownRequest({ status: null, error: 'client_closed' })).kind, 'bad')
  })
})
