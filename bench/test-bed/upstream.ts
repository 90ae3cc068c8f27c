import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DOWNLOAD, type Exchange, PAGE, POST, SMALL, UPLOAD } from '../load/exchange.ts'
import type { PinnedProcess } from '../system/pinned-process.ts'
import type { Credentials } from './credentials.ts'
import { startNginx } from './nginx.ts'

interface Surroundings {
  readonly names: readonly string[]
  readonly credentials: Credentials
  readonly folder: string
  readonly core: number
}

/**
 * The API: an nginx that answers nobody without a client certificate and tells everybody which one it saw. One cipher
 * suite only, so that all who are measured encrypt alike.
 */
export async function startUpstream(around: Surroundings): Promise<{ port: number; process: PinnedProcess }> {
  const { names, credentials, folder, core } = around
  for (const { path, responseBytes } of [PAGE, DOWNLOAD]) {
    await writeFile(join(folder, path), Buffer.alloc(responseBytes, 'certhop '))
  }
  const text = (exchange: Exchange, subject: string) =>
    `return 200 "${subject}${'.'.repeat(exchange.responseBytes - credentials.subject.length)}";`
  const reader = `unix:${folder}/reader.sock`
  return startNginx({
    folder,
    core,
    http: address => `
  sendfile on;
  add_header X-Client-Subject $ssl_client_s_dn;
  server {
    listen ${address} ssl http2 backlog=4096;
    server_name ${names.join(' ')};
    ssl_certificate ${credentials.server.cert};
    ssl_certificate_key ${credentials.server.key};
    ssl_client_certificate ${credentials.ca};
    ssl_verify_client on;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_session_cache shared:benchmark:10m;
    location = ${SMALL.path} { ${text(SMALL, '$ssl_client_s_dn')} }
    location = ${PAGE.path} { alias ${folder}${PAGE.path}; }
    location = ${DOWNLOAD.path} { alias ${folder}${DOWNLOAD.path}; }
    # Answered when the whole body is read; nginx does so only for somebody behind it.
    location ~ ^(${POST.path}|${UPLOAD.path})$ {
      client_max_body_size 0;
      client_body_buffer_size ${UPLOAD.requestBytes};
      proxy_pass_request_body off;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Client-Subject $ssl_client_s_dn;
      add_header X-Request-Length $request_length;
      proxy_pass http://reader;
    }
  }
  upstream reader {
    server ${reader};
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen ${reader};
    location = ${POST.path} { ${text(POST, '$http_x_client_subject')} }
    location = ${UPLOAD.path} { ${text(UPLOAD, '$http_x_client_subject')} }
  }`,
  })
}
