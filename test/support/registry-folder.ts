import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RegistryEvent } from '../../src/registry/events.ts'
import { Registry, type RegistryOptions } from '../../src/registry/registry.ts'
import type { Snapshot } from '../../src/registry/snapshot.ts'
import type { Certificate } from './certificates.ts'

/** A temporary folder with a registry file and what it names; gone at the end of its scope. */
export class RegistryFolder implements AsyncDisposable {
  readonly path: string
  readonly events: RegistryEvent[] = []
  readonly #registries: Registry[] = []

  private constructor(path: string) {
    this.path = path
  }

  static async create(): Promise<RegistryFolder> {
    return new RegistryFolder(await mkdtemp(join(tmpdir(), 'certhop-registry-')))
  }

  get file(): string {
    return join(this.path, 'registry.yaml')
  }

  /** Writes a file in place, its folders included, readable for its owner alone. */
  async write(name: string, content: string | Buffer): Promise<string> {
    const path = join(this.path, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content, { mode: 0o600 })
    return path
  }

  /** Writes `NAME.crt` and `NAME.key`. */
  async writePair(name: string, certificate: Certificate, passphrase?: string): Promise<void> {
    await this.write(`${name}.crt`, certificate.chain)
    await this.write(`${name}.key`, certificate.key(passphrase))
  }

  /** Replaces a file as editors do: a new one beside it, renamed over it. */
  async replace(name: string, content: string): Promise<void> {
    await rename(await this.write(`${name}.tmp`, content), join(this.path, name))
  }

  read(name: string): Promise<string> {
    return readFile(join(this.path, name), 'utf8')
  }

  /** Writes the registry with the lines of its entries, each a flow mapping. */
  async writeRegistry(...entries: string[]): Promise<void> {
    await this.write('registry.yaml', registryText(...entries))
  }

  async open(options: RegistryOptions = {}): Promise<Registry> {
    const registry = await Registry.open(this.file, {
      watch: false,
      emit: event => this.events.push(event),
      ...options,
    })
    this.#registries.push(registry)
    return registry
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const registry of this.#registries) await registry.close()
    await rm(this.path, { recursive: true, force: true })
  }
}

export function registryText(...entries: string[]): string {
  return `version: 1\ncertificates:\n${entries.map(entry => `  - {${entry}}\n`).join('')}`
}

/** An entry with the files of `writePair`. */
export function entry(id: string, host: string, rest = ''): string {
  return `id: ${id}, host: "${host}", cert: ${id}.crt, key: ${id}.key${rest === '' ? '' : `, ${rest}`}`
}

/** The first snapshot in force, now or later, that `isMeant`. */
export function snapshotWhere(
  registry: Registry,
  isMeant: (snapshot: Snapshot) => boolean,
): Promise<Snapshot> {
  return new Promise(resolve => {
    const look = () => {
      if (!isMeant(registry.current)) return
      stop()
      resolve(registry.current)
    }
    const stop = registry.onSwap(look)
    look()
  })
}
