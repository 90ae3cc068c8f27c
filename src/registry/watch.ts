import { type BigIntStats, statSync } from 'node:fs'
import { type FSWatcher, watch } from 'chokidar'
import type { FileStates } from './file-states.ts'
import { findWatchedNames, type WatchedNames } from './watched-names.ts'

/** After an event: quiet for this long before anybody is told, but told after the longest wait in any case. */
const QUIET_MS = 100
const LONGEST_WAIT_MS = 400

/** One stat takes some 5 µs: a thousand a second cost half a percent of a core. */
const POLL_INTERVAL_MS = 500
const POLLED_FILES = 500

/**
 * Tells when one of a set of files may hold something else than it did.
 *
 * Folders are watched, not files: editors and Kubernetes replace files and symbolic links. What the system's events lose
 * (network mounts, full queues, exhausted limits) a poll finds: the stat of 500 files every half second in turn, and the
 * content of one of them.
 */
export class Watcher {
  readonly #files: FileStates
  readonly #onChange: () => void
  readonly #watcher: FSWatcher
  readonly #poll: NodeJS.Timeout
  #paths: readonly string[] = []
  #next = 0
  #names: WatchedNames = new Map()
  /** The watched folders with what tells one from another of the same name. */
  #folders = new Map<string, string>()
  #timer: NodeJS.Timeout | null = null
  #firstEvent = 0
  #isClosed = false

  constructor(files: FileStates, onChange: () => void) {
    this.#files = files
    this.#onChange = onChange
    this.#watcher = watch([], { depth: 0, ignoreInitial: true, ignored: path => !this.#names.has(path) })
    // Not 'all': for that chokidar would watch each file by itself, which for thousands takes a hundred megabytes.
    this.#watcher.on('raw', (_event, name, details) => this.#consider(name, details))
    // Mostly an exhausted limit of the system; the poll goes on without events.
    this.#watcher.on('error', () => undefined)
    this.#poll = setInterval(() => this.#pollSome(), POLL_INTERVAL_MS).unref()
  }

  /** Watches `paths` from now on, and nothing else. To be called after every load, because folders come and go. */
  async update(paths: readonly string[]): Promise<void> {
    const names = await findWatchedNames(paths)
    if (this.#isClosed) return
    this.#paths = paths
    this.#names = names
    const folders = new Map([...this.#names.keys()].map(folder => [folder, identityOf(folder)]))
    const gone = [...this.#folders].filter(([folder, identity]) => folders.get(folder) !== identity)
    const added = [...folders].filter(([folder, identity]) => this.#folders.get(folder) !== identity)
    this.#folders = folders
    this.#watcher.unwatch(gone.map(([folder]) => folder))
    this.#watcher.add(added.filter(([, identity]) => identity !== '').map(([folder]) => folder))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#poll)
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#watcher.close()
  }

  #consider(name: string | null, details: unknown): void {
    const { watchedPath } = details as { watchedPath: string }
    const names = this.#names.get(watchedPath)
    if (names !== undefined && (name === null || names.has(name))) this.#schedule()
  }

  #pollSome(): void {
    const count = Math.min(POLLED_FILES, this.#paths.length)
    let changed = false
    for (let i = 0; i < count; i += 1) {
      const path = this.#paths[this.#next % this.#paths.length] as string
      const before = this.#files.known(path)
      if (i === 0) this.#files.read(path)
      if (this.#files.digest(path) !== before) changed = true
      this.#next += 1
    }
    if (changed) this.#schedule()
  }

  #schedule(): void {
    const now = Date.now()
    if (this.#timer === null) this.#firstEvent = now
    else clearTimeout(this.#timer)
    const wait = Math.min(QUIET_MS, Math.max(0, this.#firstEvent + LONGEST_WAIT_MS - now))
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#onChange()
    }, wait)
  }
}

/** Empty for a folder that is not there. */
function identityOf(folder: string): string {
  let stat: BigIntStats | undefined
  try {
    stat = statSync(folder, { bigint: true })
  } catch {
    return ''
  }
  return `${stat.dev}.${stat.ino}`
}
