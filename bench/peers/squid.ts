import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority } from '../../test/support/certificates.ts'
import { installedVersion } from '../installed.ts'
import type { Job, Peer } from '../peer.ts'
import { PinnedProcess } from '../pinned-process.ts'
import { accepts, freePort } from '../tcp-port.ts'

/** Where Debian puts the program that mints leaves for Squid. */
const MINT = '/usr/lib/squid/security_file_certgen'

/** The measure of interception: a forward proxy in C++ that opens tunnels (ssl-bump), set up for this one job. */
export const squid: Peer = {
  name: 'squid',
  ways: ['tunnel'],
  // Debian's package `squid` is built without OpenSSL and opens no tunnels; `squid-openssl` does.
  version: () => installedVersion('squid', '-v', /Version (\S+)[\s\S]*--enable-ssl-crtd/),
  async start(job) {
    const port = await freePort()
    const files = await writeFiles(job)
    const file = join(job.folder, 'squid.conf')
    await writeFile(file, configuration(job, port, files))
    // It names its shared memory after the service, and another Squid may be running under the usual name.
    const service = `bench${port}`
    const process = new PinnedProcess(job.core, ['squid', '-N', '-d', '0', '-n', service, '-f', file])
    await process.until(() => accepts(port))
    return {
      url: `http://127.0.0.1:${port}`,
      authority: files.authority,
      pid: process.pid,
      stop: () => process.stop(),
    }
  },
}

interface Files {
  readonly authority: string
  /** The authority with its key. */
  readonly signer: string
  readonly hosts: string
}

async function writeFiles({ folder, host }: Job): Promise<Files> {
  const authority = await createAuthority({ name: 'Squid' })
  const files = {
    authority: join(folder, 'authority.pem'),
    signer: join(folder, 'signer.pem'),
    hosts: join(folder, 'hosts'),
  }
  await writeFile(files.authority, authority.pem)
  await writeFile(files.signer, authority.pem + authority.key(), { mode: 0o600 })
  await writeFile(files.hosts, `127.0.0.1 ${host}\n`)
  // Started by root, Squid reads the keys, becomes another user, and then reads this last one.
  await chmod(folder, 0o711)
  return files
}

/**
 * `bump` in the first step: TLS with the client at once, under a leaf for the name in the CONNECT, so that requests may
 * take any kept connection to the server. (After a `peek` at the ClientHello, or through a `cache_peer`, each tunnel
 * makes a connection of its own, at more than twice the price.) Leaves are kept in memory and have the
 * authority's key: EC P-256, as everybody's.
 */
function configuration({ credentials: { client, ca } }: Job, port: number, files: Files): string {
  return `
http_port 127.0.0.1:${port} ssl-bump tls-cert=${files.signer} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
ssl_bump bump all
sslcrtd_program ${MINT}
sslcrtd_children 1 startup=1 idle=1
tls_outgoing_options cert=${client.cert} key=${client.key} cafile=${ca} default-ca=off min-version=1.2
server_persistent_connections on
server_idle_pconn_timeout 1 hour
hosts_file ${files.hosts}
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
