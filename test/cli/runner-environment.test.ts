import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type RunnerTrust, runnerEnvironment } from '../../src/runner/runner-environment.ts'

const PROXY = 'http://127.0.0.1:8128'

const TRUST: RunnerTrust = {
  certificate: '/state/ca.pem',
  bundle: '/state/bundle.pem',
  javaTrustStore: '/state/truststore.p12',
  extended: async file => (file.startsWith('/state/') ? file : `/state/extended${file}`),
}

const JAVA =
  '-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=8128 -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=8128 ' +
  '-Dhttp.nonProxyHosts=localhost|127.0.0.1|[::1] ' +
  '-Djavax.net.ssl.trustStore=/state/truststore.p12 -Djavax.net.ssl.trustStorePassword=changeit'

function environment(inherited: Record<string, string> = {}, trust = TRUST, proxyUrl = PROXY) {
  return runnerEnvironment(proxyUrl, trust, inherited)
}

describe('the variables for a runner', () => {
  test('are these in an environment that says nothing of proxies and roots', async () => {
    assert.deepEqual(await environment(), {
      http_proxy: PROXY,
      HTTP_PROXY: PROXY,
      https_proxy: PROXY,
      HTTPS_PROXY: PROXY,
      grpc_proxy: PROXY,
      no_proxy: 'localhost,127.0.0.1,::1',
      NO_PROXY: 'localhost,127.0.0.1,::1',
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: '/state/ca.pem',
      SSL_CERT_FILE: '/state/bundle.pem',
      CURL_CA_BUNDLE: '/state/bundle.pem',
      REQUESTS_CA_BUNDLE: '/state/bundle.pem',
      GIT_SSL_CAINFO: '/state/bundle.pem',
      PERL_LWP_SSL_CA_FILE: '/state/bundle.pem',
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: '/state/bundle.pem',
      JAVA_TOOL_OPTIONS: JAVA,
    })
  })

  test('are the same a second time, over those of the first', async () => {
    const first = await environment({ NO_PROXY: '.corp.example', JAVA_TOOL_OPTIONS: '-Xmx1g' })
    assert.deepEqual(await environment(first), first)
  })

  test('replace a proxy that was there, also where npm set it for clients that read npm before all else', async () => {
    const corporate = 'http://proxy.corp.example:3128'
    const variables = await environment({ https_proxy: corporate, npm_config_https_proxy: corporate })
    assert.equal(variables['https_proxy'], PROXY)
    assert.equal(variables['npm_config_https_proxy'], PROXY)
    assert.equal(variables['npm_config_http_proxy'], undefined)
  })

  test('keep the hosts that are reached without a proxy, from both cases of the variable, each once', async () => {
    const { NO_PROXY, no_proxy } = await environment({
      no_proxy: '.corp.example, localhost',
      NO_PROXY: '10.0.0.1 .corp.example,,::1',
    })
    assert.equal(NO_PROXY, '.corp.example,localhost,10.0.0.1,::1,127.0.0.1')
    assert.equal(no_proxy, NO_PROXY)
  })

  test('tell Java the same hosts in its own way', async () => {
    const { JAVA_TOOL_OPTIONS } = await environment({ NO_PROXY: '.corp.example,fd00::1' })
    assert.match(
      JAVA_TOOL_OPTIONS ?? '',
      / -Dhttp\.nonProxyHosts=\*\.corp\.example\|\[fd00::1\]\|localhost\|127\.0\.0\.1\|\[::1\] /,
    )
  })

  test('keep the roots that were trusted, and those that a client would have fallen back to', async () => {
    const variables = await environment({ SSL_CERT_FILE: '/corp.pem', GIT_SSL_CAINFO: '/git.pem' })
    assert.equal(variables['SSL_CERT_FILE'], '/state/extended/corp.pem')
    assert.equal(variables['CURL_CA_BUNDLE'], '/state/extended/corp.pem')
    assert.equal(variables['PERL_LWP_SSL_CA_FILE'], '/state/extended/corp.pem')
    assert.equal(variables['GIT_SSL_CAINFO'], '/state/extended/git.pem')
    assert.equal(variables['REQUESTS_CA_BUNDLE'], '/state/bundle.pem')
  })

  test("keep what Node was given beside its own roots, with the authority's certificate added", async () => {
    const { NODE_EXTRA_CA_CERTS } = await environment({ NODE_EXTRA_CA_CERTS: '/corp.pem' })
    assert.equal(NODE_EXTRA_CA_CERTS, '/state/extended/corp.pem')
  })

  test('leave out roots that cannot be read', async () => {
    const unreadable = { ...TRUST, extended: async () => null }
    const variables = await environment({ NODE_EXTRA_CA_CERTS: '/a', SSL_CERT_FILE: '/b' }, unreadable)
    assert.equal(variables['NODE_EXTRA_CA_CERTS'], '/state/ca.pem')
    assert.equal(variables['SSL_CERT_FILE'], '/state/bundle.pem')
  })

  test('take an empty variable for none', async () => {
    const variables = await environment({ NODE_EXTRA_CA_CERTS: '', CURL_CA_BUNDLE: '', NO_PROXY: '' })
    assert.equal(variables['NODE_EXTRA_CA_CERTS'], '/state/ca.pem')
    assert.equal(variables['CURL_CA_BUNDLE'], '/state/bundle.pem')
    assert.equal(variables['NO_PROXY'], 'localhost,127.0.0.1,::1')
  })

  test("put Java's options behind those that were there, because the later ones win", async () => {
    const { JAVA_TOOL_OPTIONS } = await environment({
      JAVA_TOOL_OPTIONS: '-Xmx1g -Dhttp.proxyHost=proxy.corp.example',
    })
    assert.equal(JAVA_TOOL_OPTIONS, `-Xmx1g -Dhttp.proxyHost=proxy.corp.example ${JAVA}`)
  })

  test('leave the roots of Java alone where there is no trust store for it', async () => {
    const { JAVA_TOOL_OPTIONS } = await environment({}, { ...TRUST, javaTrustStore: null })
    assert.equal(JAVA_TOOL_OPTIONS, JAVA.slice(0, JAVA.indexOf(' -Djavax')))
  })

  test('quote a path with spaces for Java', async () => {
    const { JAVA_TOOL_OPTIONS } = await environment({}, { ...TRUST, javaTrustStore: '/my state/t.p12' })
    assert.match(JAVA_TOOL_OPTIONS ?? '', / "-Djavax\.net\.ssl\.trustStore=\/my state\/t\.p12" /)
  })

  test('hold an IPv6 proxy as a URL for all, and without brackets for Java', async () => {
    const variables = await environment({}, TRUST, 'http://[::1]:8128')
    assert.equal(variables['HTTPS_PROXY'], 'http://[::1]:8128')
    assert.match(variables['JAVA_TOOL_OPTIONS'] ?? '', /^-Dhttp\.proxyHost=::1 -Dhttp\.proxyPort=8128 /)
  })
})
