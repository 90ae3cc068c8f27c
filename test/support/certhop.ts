import { ROOT, RunningCommand } from './command.ts'

/** A certhop process, started from the sources as a user would. */
export class Certhop {
  readonly command: RunningCommand
  readonly #ready: Promise<string>

  /** `args` are those of `certhop`, such as `['serve', '--registry', file, '--listen', '127.0.0.1:0']`. */
  constructor(args: string[], env: NodeJS.ProcessEnv = process.env) {
    this.command = new RunningCommand(process.execPath, [`${ROOT}bin/certhop.js`, ...args], { env })
    this.#ready = this.command.line(/^\{"event":"ready"/)
  }

  /** The URL to use as HTTP_PROXY, once it listens; rejects with the output when it ends before. */
  async proxyUrl(): Promise<string> {
    return JSON.parse(await this.#ready).proxy
  }

  /** The file with the certificate of its authority, once it listens. */
  async authorityFile(): Promise<string> {
    return JSON.parse(await this.#ready).authority
  }
}
