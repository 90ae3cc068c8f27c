import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installedVersion } from '../system/installed.ts'
import { PinnedProcess } from '../system/pinned-process.ts'
import { accepts, freePort } from '../system/tcp-port.ts'
import { writeOwnAuthority } from './own-authority.ts'
import type { Job, Peer } from './peer.ts'

/** Where Debian puts the program that mints leaves for Squid. */
const MINT = '/usr/lib/squid/security_file_certgen'

/** The measure of interception: a forward proxy in C++ that opens tunnels (ssl-bump), set up for this one job. */
export const squid: Peer = {
  name: 'squid',
  program: 'squid',
  ways: { absolute: true, tunnel: true, 'tunnel-h2': 'opens HTTP/1 alone', blind: true },
  // Debian's package `squid` is built without OpenSSL and opens no tunnels; `squid-openssl` does.
  version: () => installedVersion('squid', '-v', /Version (\S+)[\s\S]*--enable-ssl-crtd/),
  install: 'apt-get install squid-openssl',
  async start(job) {
    const port = await freePort()
    const { cert: authority, both: signer } = await writeOwnAuthority(job.folder, 'Squid')
    const hosts = join(job.folder, 'hosts')
    await writeFile(hosts, `127.0.0.1 ${job.host} ${job.blindHost}\n`)
    // Started by root, Squid reads the keys, becomes another user, and then reads this last one.
    await chmod(job.folder, 0o711)
    const file = join(job.folder, 'squid.conf')
    await writeFile(file, configuration(job, port, { signer, hosts }))
    // It names its shared memory after the service, and another Squid may be running under the usual name.
    const service = `bench${port}`
    const process = new PinnedProcess(job.core, ['squid', '-N', '-d', '0', '-n', service, '-f', file])
    await process.until(() => accepts(port))
    return {
      url: `http://127.0.0.1:${port}`,
      authority,
      pid: process.pid,
      startedAt: process.startedAt,
      log: null,
      metrics: null,
      stop: () => process.stop(),
    }
  },
}

/**
 * Requests in clear leave through a `cache_peer`, which is how Squid turns them into TLS. Tunnels are opened by `bump` in
 * the first step: TLS with the client at once, under a leaf for the name in the CONNECT, so that requests may take any
 * kept connection to the server. (After a `peek` at the ClientHello, or through the `cache_peer`, each tunnel makes a
 * connection of its own, at more than twice the price.) Leaves are kept in memory and have the authority's key.
 */
function configuration(
  { host, blindHost, port, credentials: { client, ca } }: Job,
  listen: number,
  { signer, hosts }: { signer: string; hosts: string },
): string {
  return `
http_port 127.0.0.1:${listen} ssl-bump tls-cert=${signer} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
acl in_clear proto HTTP
acl CONNECT method CONNECT
acl closed dstdomain ${blindHost}
ssl_bump splice closed
ssl_bump bump all
sslcrtd_program ${MINT}
sslcrtd_children 1 startup=1 idle=1
tls_outgoing_options cert=${client.cert} key=${client.key} cafile=${ca} default-ca=off min-version=1.2
cache_peer 127.0.0.1 parent ${port} 0 no-query no-digest originserver name=api tls tls-cert=${client.cert} tls-key=${client.key} tls-cafile=${ca} tls-default-ca=off tls-min-version=1.2 tls-domain=${host}
cache_peer_access api deny CONNECT
cache_peer_access api allow in_clear
cache_peer_access api deny all
never_direct deny CONNECT
never_direct allow in_clear
server_persistent_connections on
client_persistent_connections on
server_idle_pconn_timeout 1 hour
client_idle_pconn_timeout 1 hour
hosts_file ${hosts}
http_access allow all
via off
forwarded_for delete
cache deny all
cache_mem 0
# Sessions are in tickets; nobody resumes them here.
sslproxy_session_cache_size 0
client_db off
pinger_enable off
netdb_filename none
access_log none
cache_log /dev/null
pid_filename none
visible_hostname localhost
shutdown_lifetime 0 seconds
`
}
