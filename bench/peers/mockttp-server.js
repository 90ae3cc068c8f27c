// mockttp, passing everything through under the client's certificate. The argument is JSON: the server's host and port, the
// host whose tunnels stay closed, and PEM files: the client's certificate and key, the server's authority, and mockttp's own
// authority with its key.
import dns from 'node:dns'
import { readFileSync } from 'node:fs'

const { host, blindHost, port, client, ca, authority, key } = JSON.parse(process.argv[2])
const { lookup } = dns
// Before mockttp looks at it: names are found without DNS.
dns.lookup = (name, ...rest) => lookup(name.endsWith('.test') ? '127.0.0.1' : name, ...rest)
const { getLocal } = await import('mockttp')

const server = getLocal({
  recordTraffic: false,
  suggestChanges: false,
  http2: 'fallback',
  https: { certPath: authority, keyPath: key, tlsPassthrough: [{ hostname: blindHost }] },
})
await server.start()
await server.forAnyRequest().thenPassThrough({
  additionalTrustedCAs: [{ certPath: ca }],
  clientCertificateHostMap: { [host]: { cert: readFileSync(client.cert), key: readFileSync(client.key) } },
  transformRequest: {
    setProtocol: 'https',
    replaceHost: { targetHost: `${host}:${port}`, updateHostHeader: false },
  },
})
const proxy = `http://127.0.0.1:${server.port}`
process.stdout.write(`${JSON.stringify({ event: 'ready', proxy, authority, pid: process.pid })}\n`)
