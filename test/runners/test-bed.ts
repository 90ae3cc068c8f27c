import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authority, openAuthority } from '../../src/authority/authority.ts'
import type { RequestRecord } from '../../src/observe/events.ts'
import { Certhop } from '../support/certhop.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import { type Outcome, ROOT, runCommand, shell } from '../support/command.ts'
import { Origins } from './origins.ts'

/** A server by what it is (`Origins`), or `wrong`: the one whose entry has a wrong passphrase. */
export type ServerName = 'api' | 'grpc' | 'websocket' | 'open' | 'wrong'

/** The host that the client with this label asks for, to reach one of the servers: another for each case that it has. */
export function host(label: string, scheme: 'http' | 'https', server: ServerName): string {
  return `${label}-${scheme}.${server}.test`
}

/** Where the npm clients and the programs are; ends with a slash. */
export const RUNNERS_FOLDER = `${ROOT}test/runners/`

/** How long a client may take, in milliseconds. */
const PATIENCE = 20_000

/** certhop with servers behind it, and the environment that its clients live in. */
export class TestBed {
  /** For what clients write. It is their home as well, so that nobody's configuration has a say. */
  readonly folder: string
  /** What `certhop env` prints, and as little else as clients need to run. */
  environment: NodeJS.ProcessEnv = {}
  /** A file with the certificate of certhop's authority alone, for flags that take one. */
  authorityFile = ''
  readonly #origins = new Origins()
  #authority: Authority | undefined
  #certhop: Certhop | undefined

  private constructor(folder: string) {
    this.folder = folder
  }

  /** `labels` are those of all clients. */
  static async start(labels: readonly string[]): Promise<TestBed> {
    const bed = new TestBed(await mkdtemp(join(tmpdir(), 'certhop-runners-')))
    try {
      await bed.#start(labels)
    } catch (error) {
      await bed.stop()
      throw error
    }
    return bed
  }

  get proxy(): URL {
    return new URL(this.environment['HTTPS_PROXY'] ?? '')
  }

  /** The port of `localhost` where the server `api` listens. */
  get apiPort(): number {
    return this.#origins.api
  }

  /** What certhop has logged. */
  get log(): string {
    return this.#certhop?.command.stderr ?? ''
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Runs a client to its end. */
  run(command: string, args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const env = { ...this.environment, ...environment }
    return runCommand(command, args, { env, folder: this.folder, timeout: PATIENCE })
  }

  /** Runs one of `programs/` on the pinned Node. */
  node(program: string, ...args: string[]): Promise<Outcome> {
    return this.run(process.execPath, [`${RUNNERS_FOLDER}programs/${program}`, ...args])
  }

  /** The access log's first line about `host`, once it is there. */
  async record(host: string): Promise<RequestRecord> {
    const line = await this.#certhop?.command.errorLine(new RegExp(`"host":"${host.replaceAll('.', '\\.')}"`))
    return JSON.parse(line ?? '')
  }

  async stop(): Promise<void> {
    await this.#certhop?.command.stop()
    await this.#origins.stop()
    await this.#authority?.close()
    await rm(this.folder, { recursive: true })
  }

  async #start(labels: readonly string[]): Promise<void> {
    const root = await createAuthority({ name: 'Test root' })
    const authority = await openAuthority({ stateDirectory: this.path('state'), authority: 'persistent' })
    this.#authority = authority
    await this.#origins.start({ folder: this.folder, root, authority })
    await this.#writeRegistry(root)
    await this.#writeSettings(labels)
    // Little of this machine's environment: its proxies and roots would have a say.
    const home = { PATH: shell()['PATH'], LANG: 'C.UTF-8', HOME: this.folder }
    await this.#startCerthop({
      ...home,
      WRONG_PASSPHRASE: 'wrong',
      // Where a runner leaves TLS to the proxy, certhop itself must trust the server that asks for no certificate.
      NODE_EXTRA_CA_CERTS: authority.files.certificate,
    })
    this.environment = { ...home, ...(await this.#certhopEnvironment(home)) }
  }

  async #writeRegistry(root: Certificate): Promise<void> {
    await this.#write('ca.crt', root.pem)
    const certificates = [
      await this.#writeEntry(root, 'api', ['*.api.test', 'localhost']),
      await this.#writeEntry(root, 'grpc', '*.grpc.test'),
      await this.#writeEntry(root, 'websocket', '*.websocket.test'),
      await this.#writeEntry(root, 'wrong', '*.wrong.test', 'right'),
    ]
    await this.#write('registry.yaml', JSON.stringify({ version: 1, certificates }))
  }

  /** With a `passphrase`, the entry has another. */
  async #writeEntry(root: Certificate, id: string, host: string | string[], passphrase?: string) {
    const client = await root.client({ name: id })
    await this.#write(`${id}.crt`, client.chain)
    await this.#write(`${id}.key`, client.key(passphrase))
    const wrong = passphrase === undefined ? {} : { passphrase: { env: 'WRONG_PASSPHRASE' } }
    return { id, host, cert: `${id}.crt`, key: `${id}.key`, ca: 'ca.crt', ...wrong }
  }

  /** Port 443 alone leads anywhere, as on a server that has nothing else. */
  async #writeSettings(labels: readonly string[]): Promise<void> {
    const { api, grpc, websocket, open } = this.#origins
    const ports: Record<ServerName, number> = { api, grpc, websocket, open, wrong: api }
    const resolve: Record<string, string> = {}
    for (const label of labels) {
      for (const [server, port] of Object.entries(ports)) {
        resolve[`${host(label, 'http', server as ServerName)}:443`] = `127.0.0.1:${port}`
        resolve[`${host(label, 'https', server as ServerName)}:443`] = `127.0.0.1:${port}`
      }
    }
    const settings = { version: 1, listen: { port: 0 }, stateDirectory: 'state', resolve }
    await this.#write('certhop.yaml', JSON.stringify(settings))
  }

  async #write(name: string, text: string): Promise<void> {
    await writeFile(this.path(name), text, { mode: 0o600 })
  }

  async #startCerthop(env: NodeJS.ProcessEnv): Promise<void> {
    this.#certhop = new Certhop(['serve', '--config', this.path('certhop.yaml')], env)
    this.authorityFile = await this.#certhop.authorityFile()
  }

  async #certhopEnvironment(env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
    const proxy = await this.#certhop?.proxyUrl()
    const listen = new URL(proxy ?? '').host
    const args = ['env', '--config', this.path('certhop.yaml'), '--listen', listen, '--format', 'json']
    const { stdout, stderr } = await runCommand(process.execPath, [`${ROOT}bin/certhop.js`, ...args], { env })
    if (stderr !== '') throw new Error(stderr)
    return JSON.parse(stdout)
  }
}
