import type { TrustFiles } from '../authority/trust-files.ts'
import type { Environment } from './environment.ts'
import { javaToolOptions } from './java-options.ts'
import { unproxiedHosts } from './no-proxy.ts'

/** How runners are made to trust the local authority. */
export interface RunnerTrust extends TrustFiles {
  /** Java's roots and the authority; null where there is no Java. Its password is Java's own, `changeit`. */
  readonly javaTrustStore: string | null
  /** A file with the certificates of `file` and the authority's; null when `file` can't be read. */
  extended(file: string): Promise<string | null>
}

/** Each is read by some runner in this case alone, or before the others. */
const PROXY_VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'grpc_proxy']

/** npm sets these for its scripts, from its own configuration; clients with `proxy-from-env` read them first. */
const NPM_PROXY_VARIABLES = ['npm_config_http_proxy', 'npm_config_https_proxy']

/**
 * Variables that name the roots to trust instead of the system's. Beside each the variable that the same runners heed
 * where it is not set: its roots must stay trusted when it no longer counts.
 */
const BUNDLE_VARIABLES = {
  SSL_CERT_FILE: null,
  CURL_CA_BUNDLE: 'SSL_CERT_FILE',
  REQUESTS_CA_BUNDLE: 'CURL_CA_BUNDLE',
  GIT_SSL_CAINFO: null,
  PERL_LWP_SSL_CA_FILE: 'SSL_CERT_FILE',
  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: null,
} as const

/**
 * The variables that point an unmodified runner at the proxy and make it trust the local authority. What `inherited` says
 * of hosts without a proxy, of roots and of Java is kept and added to; a proxy that it names is replaced.
 */
export async function runnerEnvironment(
  proxyUrl: string,
  trust: RunnerTrust,
  inherited: Environment,
): Promise<Record<string, string>> {
  const unproxied = unproxiedHosts(inherited)
  const proxies = [...PROXY_VARIABLES, ...NPM_PROXY_VARIABLES.filter(name => inherited[name])]
  return {
    ...Object.fromEntries(proxies.map(name => [name, proxyUrl])),
    no_proxy: unproxied.join(','),
    NO_PROXY: unproxied.join(','),
    NODE_USE_ENV_PROXY: '1',
    ...(await trustVariables(trust, inherited)),
    JAVA_TOOL_OPTIONS: javaToolOptions(
      proxyUrl,
      unproxied,
      trust.javaTrustStore,
      inherited['JAVA_TOOL_OPTIONS'],
    ),
  }
}

async function trustVariables(trust: RunnerTrust, inherited: Environment): Promise<Record<string, string>> {
  const extended = async (file: string | undefined) => (file ? await trust.extended(file) : null)
  const variables: Record<string, string> = {
    // Node adds these to its own roots.
    NODE_EXTRA_CA_CERTS: (await extended(inherited['NODE_EXTRA_CA_CERTS'])) ?? trust.certificate,
  }
  for (const [name, fallback] of Object.entries(BUNDLE_VARIABLES)) {
    const file = inherited[name] || (fallback === null ? undefined : inherited[fallback])
    variables[name] = (await extended(file)) ?? trust.bundle
  }
  return variables
}
