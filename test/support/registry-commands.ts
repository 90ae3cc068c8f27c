import { main } from '../../src/cli/main.ts'
import type { Certificate } from './certificates.ts'
import { TestIo } from './io.ts'
import { RegistryFolder } from './registry-folder.ts'

export interface CommandOutcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A folder with `client.crt`, `client.key` and `locked.key`, whose passphrase is `sesame`, and the commands that change its registry. */
export class RegistryCommands implements AsyncDisposable {
  readonly folder: RegistryFolder
  /** What is typed on a terminal, or comes by standard input, into the commands that follow. */
  typed: string | null = null
  input: string | null = null

  private constructor(folder: RegistryFolder) {
    this.folder = folder
  }

  static async create(client: Certificate): Promise<RegistryCommands> {
    const folder = await RegistryFolder.create()
    await folder.writePair('client', client)
    await folder.write('locked.key', client.key('sesame'))
    return new RegistryCommands(folder)
  }

  /** `certhop ARGS --registry registry.yaml` in the folder. */
  async run(...args: string[]): Promise<CommandOutcome> {
    const io = new TestIo(this.folder.path)
    if (this.typed !== null) {
      io.stdin.isTTY = true
      io.stdin.write(this.typed)
    }
    if (this.input !== null) io.stdin.end(this.input)
    const status = await main([...args, '--registry', 'registry.yaml'], io)
    return { status, stdout: io.stdout.text, stderr: io.stderr.text }
  }

  /** `certhop add` with the certificate and a key. */
  add(host: string, key: string, ...args: string[]): Promise<CommandOutcome> {
    return this.run('add', '--host', host, '--cert', 'client.crt', '--key', key, ...args)
  }

  text(): Promise<string> {
    return this.folder.read('registry.yaml')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.folder[Symbol.asyncDispose]()
  }
}
