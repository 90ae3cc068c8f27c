import { mkdir, writeFile } from 'node:fs/promises'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import type { SecureContext } from 'node:tls'
import type { Authority } from '../../src/authority/authority.ts'
import type { Certificate } from '../support/certificates.ts'
import { ROOT, RunningCommand, runCommand, shell } from '../support/command.ts'
import { startMtlsNginx } from '../support/nginx.ts'

export interface OriginOptions {
  /** For what they serve. */
  readonly folder: string
  /** Vouches for the servers behind mTLS and for their clients. */
  readonly root: Certificate
  /** certhop's own, which vouches for the server that asks for no certificate: clients trust it without more. */
  readonly authority: Authority
}

/** Servers on loopback ports. Those behind mTLS are `*.NAME.test`. */
export class Origins {
  /** nginx; also as `localhost`. It tells what it saw (`NginxAnswer`), echoes uploads, and has a Git repository. */
  api = 0
  grpc = 0
  websocket = 0
  /** Asks for no certificate. */
  open = 0
  readonly #stops: (() => unknown)[] = []

  async start({ folder, root, authority }: OriginOptions): Promise<void> {
    this.api = await this.#startNginx(folder, root)
    this.grpc = await this.#startProgram('grpc', folder, root)
    this.websocket = await this.#startProgram('websocket', folder, root)
    this.open = await this.#startOpen(authority, await root.server({ name: 'unnamed.test' }))
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) await stop()
  }

  async #startNginx(folder: string, root: Certificate): Promise<number> {
    await createRepository(folder)
    const names = ['*.api.test', '*.wrong.test', 'localhost']
    const certificate = await root.server({ name: '*.api.test', names })
    const locations = `
    location /repository.git/ { root ${folder}; }
    location /echo {
      client_max_body_size 8m;
      add_header X-Seen '$ssl_client_s_dn, $server_protocol, $request_method, $content_length bytes';
      echo_read_request_body;
      echo_request_body;
    }`
    const server = { names, certificate, clientCa: root.pem, http2: true, locations }
    const nginx = await startMtlsNginx([server], { modules: ['ngx_http_echo_module'] })
    this.#stops.push(() => nginx.stop())
    return nginx.port
  }

  /** One of `servers/`. */
  async #startProgram(name: string, folder: string, root: Certificate): Promise<number> {
    const certificate = await root.server({ name: `*.${name}.test` })
    const files = { 'server.crt': certificate.chain, 'server.key': certificate.key(), 'ca.crt': root.pem }
    await mkdir(join(folder, name))
    for (const [file, text] of Object.entries(files))
      await writeFile(join(folder, name, file), text, { mode: 0o600 })
    const program = `${ROOT}test/runners/servers/${name}.js`
    const server = new RunningCommand(process.execPath, [program, join(folder, name)])
    this.#stops.push(() => server.stop())
    return JSON.parse(await server.line(/port/)).port
  }

  /** `unnamed` is for clients that name no server. */
  async #startOpen(authority: Authority, unnamed: Certificate): Promise<number> {
    const sockets = new Set<Socket>()
    const options = {
      allowHTTP1: true,
      cert: unnamed.chain,
      key: unnamed.key(),
      SNICallback(name: string, done: (error: Error | null, context?: SecureContext) => void) {
        authority.contextFor(name).then(context => done(null, context), done)
      },
    }
    const server = createSecureServer(options, answerOpenly)
    server.on('connection', socket => sockets.add(socket))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    this.#stops.push(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return (server.address() as AddressInfo).port
  }
}

/** For each kind of client what it can show. */
function answerOpenly({ method, url, headers }: Http2ServerRequest, response: Http2ServerResponse): void {
  if (headers['content-type'] === 'application/grpc') {
    response.writeHead(200, { 'content-type': 'application/grpc' })
    response.addTrailers({ 'grpc-status': '12', 'grpc-message': 'no certificate asked for' })
    response.end()
  } else if (url.includes('/info/refs')) response.end(`${'0'.repeat(39)}1\trefs/heads/open\n`)
  else response.end(JSON.stringify({ subject: '', method, uri: url }))
}

/** A Git repository as a folder of plain files, which is all that Git's older protocol needs of a server. */
async function createRepository(folder: string): Promise<void> {
  const script = `
    git init --quiet --initial-branch=main work
    git -C work -c user.name=Test -c user.email=test@example.test commit --quiet --allow-empty --message=First
    git clone --quiet --bare work repository.git
    git -C repository.git update-server-info`
  const { status, stderr } = await runCommand('sh', ['-ec', script], {
    folder,
    env: { ...shell(), HOME: folder },
  })
  if (status !== 0) throw new Error(`git: ${stderr}`)
}
