/** What a runner of this machine is told of the proxy. */
export interface RunnerSetup {
  /** With the groups as its user name. */
  readonly proxy: string
  /** The authority's certificate: for what adds to the roots a runner knows. */
  readonly certificate: string
  /** The system's roots and the authority: for what replaces them. */
  readonly bundle: string
  /** All variables of `certhop env`, the proxy's with the groups. */
  readonly variables: Readonly<Record<string, string>>
  /** What the runner is to request when it is tried. */
  readonly url: string
}

/**
 * Makes the setup of what `GET /api/status` calls the environment. `groups` are joined as they go into the proxy's URL,
 * empty for none.
 */
export function runnerSetup(
  environment: Readonly<Record<string, string>>,
  groups: readonly string[],
  url: string,
): RunnerSetup {
  const plain = environment['HTTPS_PROXY'] ?? ''
  const proxy = withUser(plain, groups.join('+'))
  const variables = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value === plain ? proxy : value]),
  )
  return {
    proxy,
    certificate: environment['NODE_EXTRA_CA_CERTS'] ?? '',
    bundle: environment['SSL_CERT_FILE'] ?? '',
    variables,
    url,
  }
}

function withUser(proxy: string, user: string): string {
  return user === '' ? proxy : proxy.replace('://', `://${encodeURIComponent(user).replaceAll('%2B', '+')}@`)
}
