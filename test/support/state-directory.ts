import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authority, type AuthorityKind, openAuthority } from '../../src/authority/authority.ts'
import { Events, type Notice } from '../../src/observe/events.ts'

/** A state directory that is made with the first authority in it; all gone at the end of its scope. */
export class StateDirectory implements AsyncDisposable {
  readonly path: string
  readonly notices: Notice[] = []
  readonly #folder: string
  readonly #events = new Events()

  private constructor(folder: string) {
    this.#folder = folder
    this.path = join(folder, 'state')
    this.#events.onNotice(notice => this.notices.push(notice))
  }

  static async create(): Promise<StateDirectory> {
    return new StateDirectory(await mkdtemp(join(tmpdir(), 'certhop-state-')))
  }

  /** Opens an authority as commands do, or as `serve` does with `rootsLater`. Its notices are kept. */
  open(authority: AuthorityKind = 'persistent', options: { rootsLater?: boolean } = {}): Promise<Authority> {
    return openAuthority({ stateDirectory: this.path, authority, events: this.#events, ...options })
  }

  /** Opens the user's own, after writing its two files beside the state directory. */
  async bring(cert: string, key: string): Promise<Authority> {
    return this.open({ cert: await this.write('../ca.crt', cert), key: await this.write('../ca.key', key) })
  }

  file(name: string): string {
    return join(this.path, name)
  }

  read(name: string): Promise<string> {
    return readFile(this.file(name), 'utf8')
  }

  async write(name: string, content: string): Promise<string> {
    await writeFile(this.file(name), content, { mode: 0o600 })
    return this.file(name)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true })
  }
}
