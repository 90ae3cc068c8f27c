import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { threadProgram } from '../core/program-files.ts'
import type { AgeFault, LockedSecret } from './age.ts'
import type { Bundle, BundleFault, LockedBundle } from './pkcs12.ts'
import { type LockedKey, lockedKeyError } from './private-key.ts'
import { bundleError } from './unpack.ts'

const PROGRAM = threadProgram('identity/key-worker')

/**
 * Opens encrypted keys, bundles and files in a thread of its own, one at a time. The thread starts with the first and ends with
 * `close`. No method is to be called before the last one has settled.
 */
export class KeyOpener {
  #worker: Worker | null = null

  /** Throws `passphrase_wrong` or `client_certificate_invalid`. */
  async openKey(locked: LockedKey): Promise<KeyObject> {
    const result = await this.#ask<KeyObject | string>(locked)
    if (typeof result === 'string') throw lockedKeyError(locked, result)
    return result
  }

  /** Throws `passphrase_wrong` or `client_certificate_invalid`. */
  async openBundle(locked: LockedBundle): Promise<Bundle> {
    const result = await this.#ask<Bundle | BundleFault>(locked)
    if ('fault' in result) throw bundleError(locked, result)
    return result
  }

  /** The result is the caller's to wipe. */
  async decrypt(locked: LockedSecret): Promise<Buffer | AgeFault> {
    const result = await this.#ask<Uint8Array | AgeFault>(locked)
    return 'fault' in result ? result : Buffer.from(result.buffer, result.byteOffset, result.byteLength)
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = null
  }

  async #ask<Answer>(locked: LockedKey | LockedBundle | LockedSecret): Promise<Answer> {
    this.#worker ??= new Worker(PROGRAM)
    this.#worker.postMessage(locked)
    const [answer] = (await once(this.#worker, 'message')) as [Answer]
    return answer
  }
}
