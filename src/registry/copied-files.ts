import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rmdir, unlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { syncFolder } from '../core/replace-file.ts'
import { ownFilesOf } from '../identity/load.ts'
import type { Definition } from './definition.ts'

const FILE_NAMES = {
  cert: 'cert.pem',
  key: 'key.pem',
  pkcs12: 'bundle.p12',
  ca: 'ca.pem',
  passphrase: 'passphrase',
} as const

export type CopiedPart = keyof typeof FILE_NAMES

/** What the copy of a part is called. */
export function fileNameOf(part: CopiedPart, isEncrypted: boolean): string {
  return FILE_NAMES[part] + (isEncrypted ? '.age' : '')
}

/** Nothing else in a folder of copies is ever removed. */
const REMOVABLE = Object.values(FILE_NAMES).flatMap(name => [name, `${name}.age`])

/** Tells a folder of copies from one that somebody made by hand. */
const OWNED = '.certhop'
const NOTE = 'Copied by `certhop add`. `certhop remove` deletes these files together with the entry.\n'

/**
 * The files that were copied for entries: `certs/ID/` beside the registry, for its owner alone.
 *
 * A folder whose entry is about to come or go is marked first, by `certs/.ID.pending`. So whoever settles knows which
 * folders a process that was killed has left behind: those that are marked and that no entry refers to.
 */
export class CopiedFiles {
  readonly #folder: string

  /** `registry` is the path by which the registry is known, which relative paths in it are relative to. */
  constructor(registry: string) {
    this.#folder = join(dirname(registry), 'certs')
  }

  /** Whether a folder of this name is there, whoever made it. */
  has(id: string): boolean {
    return existsSync(join(this.#folder, id))
  }

  /** The path of a file as it is written in the registry. */
  pathOf(id: string, name: string): string {
    return `certs/${id}/${name}`
  }

  /** To be called before the entry of `id` comes or goes. */
  async mark(id: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await writeThrough(this.#markOf(id), '', 'w')
    await syncFolder(this.#folder)
  }

  /** Writes the files of a new entry, by their names. Only after `mark`, and only when there is no such folder. */
  async write(id: string, files: ReadonlyMap<string, string | Buffer>): Promise<void> {
    const folder = join(this.#folder, id)
    await mkdir(folder, { mode: 0o700 })
    await writeThrough(join(folder, OWNED), NOTE)
    for (const [name, content] of files) await writeThrough(join(folder, name), content)
    await syncFolder(folder)
    await syncFolder(this.#folder)
  }

  /** The entries, but for that of `id` itself, that refer to its copies. */
  usersOf(id: string, definitions: readonly Definition[]): Definition[] {
    const prefix = join(this.#folder, id) + sep
    return definitions.filter(
      definition =>
        definition.id !== id && ownFilesOf(definition.source).some(path => path.startsWith(prefix)),
    )
  }

  /** Whether there are copies of `id`. */
  areOf(id: string): boolean {
    return existsSync(join(this.#folder, id, OWNED))
  }

  /** The copies of `id` as paths of the registry, which go with its entry unless one of `definitions` refers to them. */
  filesOf(id: string, definitions: readonly Definition[]): string[] {
    if (!this.areOf(id) || this.usersOf(id, definitions).length > 0) return []
    const names = REMOVABLE.filter(name => existsSync(join(this.#folder, id, name)))
    return names.map(name => this.pathOf(id, name))
  }

  /** Removes every marked folder that none of `definitions` needs. */
  async settle(definitions: readonly Definition[]): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [])
    for (const name of names) {
      const id = /^\.(.+)\.pending$/.exec(name)?.[1]
      if (id === undefined) continue
      const isNeeded = definitions.some(definition => definition.id === id)
      if (!isNeeded && this.usersOf(id, definitions).length === 0) await this.#remove(id)
      await unlink(this.#markOf(id)).catch(ignoreMissing)
    }
  }

  async #remove(id: string): Promise<void> {
    const folder = join(this.#folder, id)
    if (this.areOf(id)) {
      // The sign of ownership last: a process may be killed in between.
      for (const name of [...REMOVABLE, OWNED]) {
        await unlink(join(folder, name)).catch(ignoreMissing)
      }
    }
    await rmdir(folder).catch(() => {})
  }

  #markOf(id: string): string {
    return join(this.#folder, `.${id}.pending`)
  }
}

async function writeThrough(path: string, content: string | Buffer, flags = 'wx'): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
