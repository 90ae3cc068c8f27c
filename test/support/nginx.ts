import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Certificate } from './certificates.ts'

/** A `server` block that demands a client certificate and answers with what it saw, as `NginxAnswer`. */
export interface MtlsServer {
  names: string[]
  certificate: Certificate
  /** PEM of the authorities whose clients are let in. */
  clientCa: string
  /** Speaks HTTP/2 too, with whoever offers it. */
  http2?: boolean
  /** Index of its port; servers may share one and are then told apart by SNI. Default 0. */
  port?: number
  /** Further `location` blocks. */
  locations?: string
}

/** What an mTLS server of `startMtlsNginx` saw of a request. */
export interface NginxAnswer {
  /** `$ssl_client_s_dn` (RFC 2253), `$ssl_client_serial`, `$ssl_session_reused`, `$ssl_server_name`. */
  subject: string
  serial: string
  resumed: boolean
  serverName: string
  /** `$server_protocol`: HTTP/1.0, HTTP/1.1 or HTTP/2.0. */
  protocol: string
  method: string
  uri: string
  host: string
  port: number
  /** The connection's serial number, and how many requests it has carried with this one. */
  connection: number
  requests: number
}

export interface NginxOptions {
  /** How many free ports `http` needs. */
  ports: number
  /** The contents of the `http` block. Paths are relative to the folder that `files` are written to. */
  http: (ports: readonly number[]) => string
  files?: Record<string, string>
  /** Names of dynamic modules, as Debian installs them. */
  modules?: readonly string[]
}

/** A running nginx with a folder of its own; `stop` ends it and removes the folder. */
export class Nginx {
  readonly ports: readonly number[]
  readonly #folder: string
  readonly #process: ChildProcess
  #log = ''

  constructor(folder: string, ports: readonly number[]) {
    this.ports = ports
    this.#folder = folder
    // -e keeps the compiled-in log path, which only root may write, out of it.
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
    const { PATH = '' } = process.env
    const env = { PATH: `${PATH}:/usr/sbin` }
    this.#process = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'pipe'], env })
  }

  /** What nginx has logged so far. */
  get log(): string {
    return this.#log
  }

  /** A file that it wrote into its folder. */
  read(name: string): Promise<string> {
    return readFile(join(this.#folder, name), 'utf8')
  }

  get port(): number {
    return this.ports[0] ?? 0
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Resolves when connections are accepted; rejects with the log when nginx ends before. */
  ready(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#process.once('error', error => reject(new Error('nginx cannot be started', { cause: error })))
    this.#process.once('exit', () => reject(new Error(`nginx ended:\n${this.#log}`)))
    createInterface({ input: this.#process.stderr as NodeJS.ReadableStream }).on('line', line => {
      this.#log += `${line}\n`
      if (/start worker process \d/.test(line)) resolve()
    })
    return promise
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid) {
      const exit = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      await exit
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Starts Debian's nginx (package nginx-light) on free loopback ports. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  for (let attempts = 3; ; attempts -= 1) {
    const ports = await freePorts(options.ports)
    const folder = await mkdtemp(join(tmpdir(), 'certhop-nginx-'))
    const files = { ...options.files, 'nginx.conf': configuration(options.http(ports), options.modules) }
    for (const [name, text] of Object.entries(files))
      await writeFile(join(folder, name), text, { mode: 0o600 })
    const nginx = new Nginx(folder, ports)
    try {
      await nginx.ready()
      return nginx
    } catch (error) {
      await nginx.stop()
      // Between finding the ports and binding them somebody else may have taken one.
      if (attempts === 1 || !nginx.log.includes('Address already in use')) throw error
    }
  }
}

/** Starts nginx with servers that demand a client certificate, each on `127.0.0.1:ports[server.port]`. */
export function startMtlsNginx(
  servers: readonly MtlsServer[],
  options: Pick<NginxOptions, 'modules'> = {},
): Promise<Nginx> {
  const files: Record<string, string> = {}
  for (const [index, server] of servers.entries()) {
    files[`${index}.crt`] = server.certificate.chain
    files[`${index}.key`] = server.certificate.key()
    files[`${index}.ca`] = server.clientCa
  }
  return startNginx({
    ...options,
    ports: Math.max(...servers.map(server => server.port ?? 0)) + 1,
    files,
    http: ports => servers.map((server, index) => mtlsServer(server, index, ports)).join('\n'),
  })
}

function mtlsServer(server: MtlsServer, index: number, ports: readonly number[]): string {
  return `
  server {
    listen 127.0.0.1:${ports[server.port ?? 0]} ssl${server.http2 ? ' http2' : ''};
    server_name ${server.names.join(' ')};
    ssl_certificate ${index}.crt;
    ssl_certificate_key ${index}.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_verify_client on;
    ssl_verify_depth 3;
    ssl_client_certificate ${index}.ca;
    location / { return 200 '${ANSWER}\\n'; }
    ${server.locations ?? ''}
  }`
}

const ANSWER = JSON.stringify({
  subject: '$ssl_client_s_dn',
  serial: '$ssl_client_serial',
  resumed: '$resumed',
  serverName: '$ssl_server_name',
  protocol: '$server_protocol',
  method: '$request_method',
  uri: '$request_uri',
  host: '$http_host',
  port: '$server_port',
  connection: '$connection',
  requests: '$connection_requests',
}).replace(/"(\$(?:resumed|server_port|connection|connection_requests))"/g, '$1')

function configuration(http: string, modules: readonly string[] = []): string {
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${name}_temp;`,
  )
  return `
${user}
daemon off;
pid nginx.pid;
error_log stderr notice;
worker_processes 1;
${modules.map(name => `load_module /usr/lib/nginx/modules/${name}.so;`).join('\n')}
events { worker_connections 4096; }
http {
  ${temporary.join('\n  ')}
  access_log off;
  default_type application/json;
  keepalive_requests 1000000;
  map $ssl_session_reused $resumed { r true; default false; }
  ${http}
}
`
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports: number[] = []
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening')
    const address = server.address()
    if (address !== null && typeof address === 'object') ports.push(address.port)
  }
  for (const server of servers) {
    server.close()
    await once(server, 'close')
  }
  return ports
}
