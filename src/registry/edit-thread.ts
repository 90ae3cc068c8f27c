import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { threadProgram } from '../core/program-files.ts'
import type { AddOptions, NewCertificate } from './add.ts'
import { type EditFailure, failureError } from './edit-failure.ts'

const PROGRAM = threadProgram('registry/edit-worker')

/** A certificate to add, with its passphrase if it needs one. */
export interface GivenCertificate extends Omit<NewCertificate, 'passphrase'> {
  readonly passphrase: string | null
}

/** What the thread is asked for. */
export type EditRequest = { readonly registry: string } & (
  | {
      readonly kind: 'add'
      readonly certificate: GivenCertificate
      readonly ageIdentity: AddOptions['ageIdentity']
    }
  | { readonly kind: 'remove'; readonly id: string }
)

/** What it answers: the id, or why nothing was changed. */
export type EditAnswer = { readonly id: string } | { readonly failure: EditFailure }

/**
 * `addCertificate` and `removeCertificate` in a thread, one after the other: they parse in place, which takes seconds for ten
 * thousand entries.
 */
export class EditThread {
  readonly #registry: string
  readonly #ageIdentity: AddOptions['ageIdentity']
  #last: Promise<unknown> = Promise.resolve()
  #worker: Worker | null = null

  /** `registry` is the path of the registry file. */
  constructor(registry: string, { ageIdentity }: AddOptions) {
    this.#registry = registry
    this.#ageIdentity = ageIdentity
  }

  /** Resolves to the id of the new entry. Rejects as `addCertificate`. */
  add(certificate: GivenCertificate): Promise<string> {
    return this.#inTurn({
      kind: 'add',
      registry: this.#registry,
      certificate,
      ageIdentity: this.#ageIdentity,
    })
  }

  /** Rejects as `removeCertificate`. */
  remove(id: string): Promise<string> {
    return this.#inTurn({ kind: 'remove', registry: this.#registry, id })
  }

  /** Ends what runs as if the process were killed, which leaves the registry whole. */
  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #inTurn(request: EditRequest): Promise<string> {
    const result = this.#last.then(() => this.#run(request))
    this.#last = result.catch(() => undefined)
    return result
  }

  async #run(request: EditRequest): Promise<string> {
    const worker = new Worker(PROGRAM, { workerData: request })
    this.#worker = worker
    try {
      const exit = once(worker, 'exit').then(() => {
        throw new Error('The change of the registry was broken off')
      })
      const [answer] = (await Promise.race([once(worker, 'message'), exit])) as [EditAnswer]
      if ('id' in answer) return answer.id
      throw failureError(answer.failure)
    } finally {
      this.#worker = null
      await worker.terminate()
    }
  }
}
