import { join } from 'node:path'
import { nginxVersion, startNginx } from '../test-bed/nginx.ts'
import type { Job, Peer } from './peer.ts'

const NO_TUNNELS = 'answers no CONNECT'

/** The measure of things: a reverse proxy in C, set up by the book for one server, with buffers that suit large answers. */
export const nginx: Peer = variant('nginx', false)

/** The same with the access log that it comes with. */
export const loggingNginx: Peer = variant('nginx, access log', true)

function variant(name: string, logs: boolean): Peer {
  return {
    name,
    program: 'nginx',
    ways: { absolute: true, tunnel: NO_TUNNELS, 'tunnel-h2': NO_TUNNELS, blind: NO_TUNNELS },
    version: nginxVersion,
    install: 'apt-get install nginx-light',
    async start(job) {
      const log = logs ? join(job.folder, 'access.log') : null
      const { port, process } = await startNginx({
        folder: job.folder,
        core: job.core,
        http: address => reverseProxy(job, address, log),
      })
      const url = `http://127.0.0.1:${port}`
      return {
        url,
        authority: null,
        pid: process.pid,
        startedAt: process.startedAt,
        log,
        metrics: null,
        stop: () => process.stop(),
      }
    },
  }
}

function reverseProxy({ host, port, credentials }: Job, address: string, log: string | null): string {
  return `
  upstream api {
    server 127.0.0.1:${port};
    keepalive 256;
    keepalive_timeout 1h;
    keepalive_time 1d;
    keepalive_requests 1000000000;
  }
  server {
    listen ${address} backlog=4096;
    server_name ${host};
    access_log ${log ?? 'off'};
    client_max_body_size 0;
    client_body_buffer_size 64k;
    location / {
      proxy_pass https://api;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Connection "";
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      proxy_buffer_size 16k;
      proxy_buffers 8 64k;
      proxy_busy_buffers_size 128k;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_certificate ${credentials.client.cert};
      proxy_ssl_certificate_key ${credentials.client.key};
      proxy_ssl_trusted_certificate ${credentials.ca};
      proxy_ssl_verify on;
      proxy_ssl_verify_depth 2;
      proxy_ssl_name ${host};
      proxy_ssl_server_name on;
      proxy_ssl_session_reuse on;
    }
  }`
}
