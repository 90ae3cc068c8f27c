import { isIPv6 } from 'node:net'

/** Java's own, for the store it comes with. */
const TRUST_STORE_PASSWORD = 'changeit'

/**
 * `JAVA_TOOL_OPTIONS` that send a JVM through a proxy, behind the options that `inherited` holds: of two that say the same
 * the later wins. Without a trust store (null) the JVM trusts what it trusted before.
 */
export function javaToolOptions(
  proxyUrl: string,
  unproxied: readonly string[],
  trustStore: string | null,
  inherited = '',
): string {
  const { hostname, port } = new URL(proxyUrl)
  const host = hostname.replace(/^\[|\]$/g, '')
  const ours = [
    ...['http', 'https'].flatMap(scheme => [
      `-D${scheme}.proxyHost=${host}`,
      `-D${scheme}.proxyPort=${port}`,
    ]),
    `-Dhttp.nonProxyHosts=${unproxied.map(javaPattern).join('|')}`,
    ...(trustStore === null
      ? []
      : [
          `-Djavax.net.ssl.trustStore=${trustStore}`,
          `-Djavax.net.ssl.trustStorePassword=${TRUST_STORE_PASSWORD}`,
        ]),
  ]
    .map(quoted)
    .join(' ')
  return inherited.includes(ours) ? inherited : `${inherited} ${ours}`.trim()
}

/** A host of NO_PROXY as Java writes it: `*` for what a leading dot means, IPv6 in brackets. */
function javaPattern(host: string): string {
  if (isIPv6(host)) return `[${host}]`
  return host.startsWith('.') ? `*${host}` : host
}

/** The JVM splits at white space outside of quotes, which may stand anywhere. */
function quoted(option: string): string {
  if (!/[\s"']/.test(option)) return option
  return option.includes('"') ? `'${option}'` : `"${option}"`
}
