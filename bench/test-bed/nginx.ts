import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installedVersion } from '../system/installed.ts'
import { PinnedProcess } from '../system/pinned-process.ts'
import { accepts, freePort } from '../system/tcp-port.ts'

/** Null where nginx is not installed. */
export function nginxVersion(): string | null {
  return installedVersion('nginx', '-v', /nginx\/(\S+)/)
}

interface NginxServer {
  readonly folder: string
  readonly core: number
  /** The `http` block's content, given the address to listen on. */
  readonly http: (address: string) => string
}

/** Starts nginx with one worker and without logs, and waits until it listens. */
export async function startNginx(server: NginxServer): Promise<{ port: number; process: PinnedProcess }> {
  const port = await freePort()
  const file = join(server.folder, 'nginx.conf')
  await writeFile(file, configuration(server.folder, server.http(`127.0.0.1:${port}`)))
  const nginx = new PinnedProcess(server.core, ['nginx', '-p', server.folder, '-e', 'stderr', '-c', file])
  await nginx.until(() => accepts(port))
  return { port, process: nginx }
}

function configuration(folder: string, http: string): string {
  const modules = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  // Started by root, the worker would become a user who may not read a private folder.
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 4096; }
http {
  access_log off;
  ${modules.map(name => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_time 1d;
  keepalive_requests 1000000000;
  ${http}
}
`
}
