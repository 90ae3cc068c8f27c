import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Certificate } from './certificates.ts'
import { closedPort } from './servers.ts'

/** A running HAProxy with a folder of its own; `stop` ends it and removes the folder. */
export class Haproxy {
  readonly port: number
  /** What it logged, a request a line. */
  readonly lines: string[] = []
  readonly #folder: string
  readonly #process: ChildProcess
  #messages = ''

  constructor(folder: string, port: number) {
    this.port = port
    this.#folder = folder
    const { PATH = '' } = process.env
    // As a master with a worker it says when it has begun.
    this.#process = spawn('haproxy', ['-W', '-f', join(folder, 'haproxy.cfg')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${PATH}:/usr/sbin` },
    })
  }

  /** Resolves when connections are accepted; rejects with its messages when it ends before. */
  ready(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#process.once('error', error => reject(new Error('HAProxy cannot be started', { cause: error })))
    this.#process.once('exit', () => reject(new Error(`HAProxy ended:\n${this.#messages}`)))
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', line =>
      this.lines.push(line),
    )
    createInterface({ input: this.#process.stderr as NodeJS.ReadableStream }).on('line', line => {
      this.#messages += `${line}\n`
      if (line.includes('Loading success')) resolve()
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

/** Debian's haproxy, answering every request with its path, and logging its request line in quotes. It demands a client certificate. */
export async function startHaproxy(server: Certificate, clientCa: Certificate): Promise<Haproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'certhop-haproxy-'))
  const port = await closedPort()
  await writeFile(join(folder, 'server.pem'), server.chain + server.key(), { mode: 0o600 })
  await writeFile(join(folder, 'ca.pem'), clientCa.pem)
  await writeFile(
    join(folder, 'haproxy.cfg'),
    `global
  log stdout format raw local0
defaults
  mode http
  option dontlognull
  timeout client 5s
  timeout connect 5s
  timeout server 5s
frontend api
  bind 127.0.0.1:${port} ssl crt ${folder}/server.pem ca-file ${folder}/ca.pem verify required
  log global
  log-format %{+Q}r
  http-request return status 200 content-type text/plain lf-string %[path]
`,
  )
  const haproxy = new Haproxy(folder, port)
  try {
    await haproxy.ready()
    return haproxy
  } catch (error) {
    await haproxy.stop()
    throw error
  }
}
