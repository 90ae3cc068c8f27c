import { ROOT, RunningCommand } from './command.ts'

/** A certhop process, started from the sources as a user would. */
export class Certhop {
  readonly command: RunningCommand
  readonly #ready: Promise<string>

  /** `args` are those of `certhop serve`. The admin plane is off unless they name its address. */
  constructor(args: string[], env: NodeJS.ProcessEnv = process.env) {
    const admin = args.includes('--admin') ? [] : ['--admin', 'off']
    this.command = new RunningCommand(process.execPath, [`${ROOT}bin/certhop.js`, ...args, ...admin], { env })
    this.#ready = this.command.line(/^\{"event":"ready"/)
  }

  /** The URL to use as HTTP_PROXY, once it listens; rejects with the output when it ends before. */
  async proxyUrl(): Promise<string> {
    return JSON.parse(await this.#ready).proxy
  }

  /** The URL of the admin plane, once it listens. */
  async adminUrl(): Promise<string> {
    return JSON.parse(await this.#ready).admin
  }

  /** The file with the certificate of its authority, once it listens. */
  async authorityFile(): Promise<string> {
    return JSON.parse(await this.#ready).authority
  }
}
