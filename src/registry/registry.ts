import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { formatProblem, type Problem } from '../core/problem.ts'
import { TimeSlice } from '../core/time-slice.ts'
import { filesOf } from '../identity/load.ts'
import type { AgeIdentitySource } from '../identity/source.ts'
import type { RegistryEvent, ReloadReason } from './events.ts'
import { FileStates } from './file-states.ts'
import { InvalidRegistry } from './invalid-registry.ts'
import { type RegistryState, reload } from './reload.ts'
import { Snapshot } from './snapshot.ts'
import type { Swap } from './swap.ts'
import { Watcher } from './watch.ts'

export interface RegistryOptions {
  /** What opens the secrets that are encrypted. Default the variable CERTHOP_AGE_IDENTITY. */
  readonly ageIdentity?: AgeIdentitySource
  /** Called in place; must not throw. */
  readonly emit?: (event: RegistryEvent) => void
  /** False reads the files once and never looks at them again by itself. Default true. */
  readonly watch?: boolean
}

/** A promise that it returns is waited for. Must neither throw nor reject. */
type SwapListener = (swap: Swap) => unknown

/** How soon a reload that failed is tried again, in milliseconds: each time twice as late, up to the last. */
const FIRST_RETRY = 500
const LAST_RETRY = 60_000

/** The registry file, watched, and the snapshot that is in force. */
export class Registry {
  readonly #emit: (event: RegistryEvent) => void
  readonly #listeners = new Set<SwapListener>()
  readonly #watcher: Watcher | null
  #state: RegistryState
  /** The problems that were told, so that each is told once as long as it lasts. */
  #told = new Set<string>()
  /** The last reload was refused, or failed. */
  #failing = false
  /** What the last reload failed with, so that it is told once while it is tried again; empty when it did not fail. */
  #failure = ''
  #retry: NodeJS.Timeout | undefined
  #retryDelay = FIRST_RETRY
  #running: Promise<unknown> = Promise.resolve()
  #queued: { reason: ReloadReason; readonly result: Promise<boolean> } | null = null

  private constructor(file: string, { ageIdentity, emit, watch }: RegistryOptions) {
    const files = new FileStates(file)
    this.#emit = emit ?? (() => undefined)
    this.#state = {
      file,
      files,
      ageIdentity: ageIdentity ?? { env: 'CERTHOP_AGE_IDENTITY' },
      snapshot: new Snapshot(0, []),
      parsed: null,
    }
    this.#watcher = watch === false ? null : new Watcher(files, () => void this.reload('change'))
  }

  /**
   * Reads a registry and everything it names. Entries that cannot be used do not keep it from opening. Throws
   * `InvalidRegistry` with every problem when the file cannot be read, parsed or validated as a whole.
   */
  static async open(file: string, options: RegistryOptions = {}): Promise<Registry> {
    const registry = new Registry(resolve(file), options)
    const start = registry.#reload('start')
    registry.#running = start.catch(() => undefined)
    const problems = await start
    if (problems === null) return registry
    await registry.close()
    throw new InvalidRegistry(problems)
  }

  /** The snapshot in force. A request takes it once and keeps it. */
  get current(): Snapshot {
    return this.#state.snapshot
  }

  /**
   * Reads what changed. True when the new state is in force, false when it was refused and the old one stays. Reloads run
   * one after the other; whoever asks while one is waiting for its turn shares it. Never rejects.
   */
  reload(reason: ReloadReason = 'request'): Promise<boolean> {
    if (this.#queued !== null) {
      if (reason === 'request') this.#queued.reason = reason
      return this.#queued.result
    }
    const queued = { reason, result: this.#running.then(() => this.#runQueued()) }
    this.#queued = queued
    this.#running = queued.result
    return queued.result
  }

  /** Calls `listener` in place right after every swap; returns the function that ends it. */
  onSwap(listener: SwapListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Stops watching and waits for a reload that runs. The snapshot stays usable. */
  async close(): Promise<void> {
    this.#listeners.clear()
    await this.#watcher?.close()
    await this.#running
    clearTimeout(this.#retry)
  }

  async #runQueued(): Promise<boolean> {
    const reason = this.#queued?.reason ?? 'request'
    this.#queued = null
    const started = performance.now()
    try {
      const problems = await this.#reload(reason)
      this.#failure = ''
      this.#retryDelay = FIRST_RETRY
      return problems === null
    } catch (error) {
      this.#fail(reason, error as Error, performance.now() - started)
      return false
    }
  }

  /** For want of memory, threads or file descriptors: nothing need change in the files until there are some again. */
  #fail(reason: ReloadReason, error: Error, ms: number): void {
    this.#failing = true
    if (error.message !== this.#failure)
      this.#emit({ type: 'registry-failed', reason, ...this.#inForce, error, ms })
    this.#failure = error.message
    clearTimeout(this.#retry)
    if (this.#watcher === null) return
    this.#retry = setTimeout(() => void this.reload('change'), this.#retryDelay).unref()
    this.#retryDelay = Math.min(2 * this.#retryDelay, LAST_RETRY)
  }

  /** Null when the new state is in force, the problems when it was refused. */
  async #reload(reason: ReloadReason): Promise<readonly Problem[] | null> {
    const started = performance.now()
    const { state, swap, refused, problems } = await reload(this.#state)
    this.#state = state
    if (swap !== null) await Promise.all(Array.from(this.#listeners, listener => listener(swap)))
    const ms = performance.now() - started
    if (refused) this.#emit({ type: 'registry-refused', reason, ...this.#inForce, problems, ms })
    else this.#tell(reason, swap, problems, ms)
    this.#failing = refused
    await this.#watchFiles()
    return refused ? problems : null
  }

  /** A refused registry may name other files than the one in force, and a change of either may matter. */
  async #watchFiles(): Promise<void> {
    const { file, files, ageIdentity, snapshot, parsed } = this.#state
    const paths = new Set([file])
    const slice = new TimeSlice()
    for (const { source } of [
      ...(parsed?.definitions ?? []),
      ...snapshot.entries.map(entry => entry.definition),
    ]) {
      if (slice.isOver) await slice.next()
      for (const path of filesOf(source, ageIdentity)) paths.add(path)
    }
    files.forgetAllBut(paths)
    await this.#watcher?.update([...paths])
  }

  get #inForce(): { generation: number; entries: number } {
    const { generation, entries } = this.current
    return { generation, entries: entries.length }
  }

  /** That nothing has changed is news only to who asked, and behind a failure. */
  #tell(reason: ReloadReason, swap: Swap | null, problems: readonly Problem[], ms: number): void {
    if (swap !== null || reason !== 'change' || this.#failing) {
      const { added, changed, removed } = swap ?? UNCHANGED
      this.#emit({
        type: 'registry-loaded',
        reason,
        unchanged: swap === null,
        ...this.#inForce,
        added,
        changed,
        removed,
        problems,
        ms,
      })
    }
    const told = new Set(problems.map(formatProblem))
    for (const problem of problems) {
      if (!this.#told.has(formatProblem(problem))) this.#emit({ type: 'entry-problem', problem })
    }
    this.#told = told
  }
}

const UNCHANGED = { added: [], changed: [], removed: [] } as const
