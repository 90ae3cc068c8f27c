import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from './credentials.ts'
import { startNginx } from './nginx.ts'
import type { PinnedProcess } from './pinned-process.ts'
import { bulk } from './scenarios/bulk.ts'
import { small } from './scenarios/small.ts'

interface Surroundings {
  readonly host: string
  readonly credentials: Credentials
  readonly folder: string
  readonly core: number
}

/**
 * The API: an nginx that answers nobody without a client certificate and tells everybody which one it saw. One cipher
 * suite only, so that all who are measured encrypt alike.
 */
export async function startUpstream(around: Surroundings): Promise<{ port: number; process: PinnedProcess }> {
  const { host, credentials, folder, core } = around
  await writeFile(join(folder, 'bulk'), Buffer.alloc(bulk.bodyBytes, 'certhop '))
  const padding = '.'.repeat(small.bodyBytes - credentials.subject.length)
  return startNginx({
    folder,
    core,
    http: address => `
  sendfile on;
  server {
    listen ${address} ssl backlog=4096;
    server_name ${host};
    ssl_certificate ${credentials.server.cert};
    ssl_certificate_key ${credentials.server.key};
    ssl_client_certificate ${credentials.ca};
    ssl_verify_client on;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_session_cache shared:benchmark:10m;
    add_header X-Client-Subject $ssl_client_s_dn;
    location = ${small.path} { return 200 "$ssl_client_s_dn${padding}"; }
    location = ${bulk.path} { alias ${folder}/bulk; }
  }`,
  })
}
