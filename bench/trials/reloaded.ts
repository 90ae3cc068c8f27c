import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { type Load, type LoadResult, runLoad, type Target } from '../load/load.ts'
import type { Job, RunningPeer } from '../peers/peer.ts'
import type { Figures } from '../report/quantity.ts'
import type { Trial } from '../scenario.ts'
import type { TestBed } from '../test-bed/test-bed.ts'
import { targetBehind } from './loaded.ts'

/** A registry that replaces the one before, and the identity that the server must see from then on. */
export interface Change {
  readonly registry: string
  readonly subject: string
}

interface Plan {
  readonly load: Load
  /** In turns, a change a round; the first is what the peer has been started with. None to change nothing. */
  readonly changes: readonly Change[]
  /** Seconds that a change may take to be in force. */
  readonly patience: number
}

/** certhop under load, while its registry is replaced. */
export class Reloaded implements Trial {
  readonly #bed: TestBed
  readonly #job: Job
  readonly #peer: RunningPeer
  readonly #plan: Plan
  #changes = 0

  constructor(bed: TestBed, job: Job, peer: RunningPeer, plan: Plan) {
    this.#bed = bed
    this.#job = job
    this.#peer = peer
    this.#plan = plan
  }

  warmUp(seconds: number): Promise<LoadResult> {
    return this.#load(seconds)
  }

  /** `seconds` before a change, and as long as it takes. */
  async round(seconds: number): Promise<Figures> {
    const { changes, patience } = this.#plan
    if (changes.length === 0) return figuresOf(await this.#load(seconds))
    const before = changes[this.#changes % changes.length] as Change
    this.#changes++
    const after = changes[this.#changes % changes.length] as Change
    const loading = this.#load(seconds + patience)
    const [changedAt, result] = await Promise.all([this.#changeAfter(seconds, after), loading])
    // Of an entry that is not in use nobody sees when it changes.
    if (before.subject === after.subject) return figuresOf(result)
    return { ...figuresOf(result), inForce: inForce(result, before, after) - changedAt }
  }

  stop(): Promise<void> {
    return this.#peer.stop()
  }

  #load(seconds: number): Promise<LoadResult> {
    const { load, changes } = this.#plan
    const target = targetBehind(this.#peer, load, this.#bed)
    const subjects = changes.length === 0 ? target.subjects : [...new Set(changes.map(each => each.subject))]
    return runLoad(this.#bed.cores.load, load, { ...target, subjects } satisfies Target, seconds)
  }

  /** In one step, as a careful program does it. Resolves with the milliseconds since 1970 at which it was done. */
  async #changeAfter(seconds: number, { registry }: Change): Promise<number> {
    const file = join(this.#job.folder, 'registry.yaml')
    await writeFile(`${file}.new`, registry)
    await setTimeout(seconds * 1000)
    await rename(`${file}.new`, file)
    return performance.timeOrigin + performance.now()
  }
}

function figuresOf({ p50, longest }: LoadResult): Figures {
  return { stall: longest, p50 }
}

/** When the last request was sent that was answered under the old identity, in milliseconds since 1970. */
function inForce({ identities }: LoadResult, before: Change, after: Change): number {
  const old = identities?.[before.subject]
  const current = identities?.[after.subject]
  if (old === undefined || current === undefined) throw new Error('the change did not come into force')
  if (old.lastAsked > current.firstAnswered) throw new Error('the old identity was used after the new one')
  return old.lastAsked
}
