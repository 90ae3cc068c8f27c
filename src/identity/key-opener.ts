import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type LockedKey, lockedKeyError } from './private-key.ts'

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './key-worker.ts' : './key-worker.js',
  import.meta.url,
)

/** Opens encrypted keys in a thread of its own, one at a time. The thread starts with the first and ends with `close`. */
export class KeyOpener {
  #worker: Worker | null = null

  /** Throws `passphrase_wrong` or `client_certificate_invalid`. Not to be called again before it has settled. */
  async open(locked: LockedKey): Promise<KeyObject> {
    this.#worker ??= new Worker(WORKER)
    this.#worker.postMessage(locked)
    const [result] = (await once(this.#worker, 'message')) as [KeyObject | string]
    if (typeof result === 'string') throw lockedKeyError(locked, result)
    return result
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = null
  }
}
