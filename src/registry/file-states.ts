import { hash } from 'node:crypto'
import { type BigIntStats, statSync } from 'node:fs'
import { isExposed } from '../core/exposure.ts'
import { readRegularFile, type Unreadable } from '../core/read-file.ts'

interface FileState {
  /** Changes with every write and every replacement; tells nothing about the content. */
  readonly signature: string
  /** Of the content, or of the reason why there is none. */
  readonly digest: string
  /** Other users can read it; false when nobody can. */
  readonly exposed: boolean
  /** False when the file was so young that another write may have left the signature as it is. */
  readonly settled: boolean
}

/** Bytes of a registry file: some fifty thousand entries. */
const REGISTRY_LIMIT = 16 * 1024 * 1024

/** Bytes of any other file; a list of all public roots has a quarter of it. */
const FILE_LIMIT = 1024 * 1024

/** Coarser than the clock of any file system in use. */
const TIMESTAMP_GRANULARITY_MS = 100

/** What is known of the files that the registry refers to, so that only those that changed are read again. */
export class FileStates {
  readonly #registry: string
  readonly #states = new Map<string, FileState>()

  /** `registry` is the path of the registry file, which may be larger than the others. */
  constructor(registry: string) {
    this.#registry = registry
  }

  /** The content of a file, remembering its digest. */
  read(path: string): Buffer | Unreadable {
    const result = readRegularFile(path, path === this.#registry ? REGISTRY_LIMIT : FILE_LIMIT)
    if ('content' in result) {
      const { content, stat } = result
      const settled = Date.now() - Number(stat.ctimeMs) > TIMESTAMP_GRANULARITY_MS
      const exposed = isExposed(stat)
      this.#states.set(path, {
        signature: signatureOf(stat),
        digest: hash('sha256', content),
        exposed,
        settled,
      })
      return content
    }
    const signature = currentSignature(path)
    this.#states.set(path, { signature, digest: `!${result.reason}`, exposed: false, settled: true })
    return result
  }

  /** The digest of what `read` saw last; empty for a file that was never read. */
  known(path: string): string {
    return this.#states.get(path)?.digest ?? ''
  }

  /** The digest of what the file holds now, at the price of a stat when it did not change. */
  digest(path: string): string {
    const state = this.#states.get(path)
    const unchanged = state?.settled === true && state.signature === currentSignature(path)
    if (!unchanged) this.read(path)
    return this.known(path)
  }

  /** Whether other users could read the file when it was read last. */
  isExposed(path: string): boolean {
    return this.#states.get(path)?.exposed ?? false
  }

  forgetAllBut(paths: ReadonlySet<string>): void {
    for (const path of this.#states.keys()) if (!paths.has(path)) this.#states.delete(path)
  }
}

function currentSignature(path: string): string {
  try {
    return signatureOf(statSync(path, { bigint: true }))
  } catch (error) {
    return `!${(error as NodeJS.ErrnoException).code}`
  }
}

function signatureOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}.${ino}.${size}.${mtimeNs}.${ctimeNs}`
}
