import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { ask } from '../load/ask.ts'
import { SMALL } from '../load/exchange.ts'
import type { Load } from '../load/load.ts'
import type { Job, Peer } from '../peers/peer.ts'
import type { Figures } from '../report/quantity.ts'
import type { Trial } from '../scenario.ts'
import { MEBIBYTE, peakResidentBytes, residentBytes } from '../system/accounting.ts'
import { PinnedProcess } from '../system/pinned-process.ts'
import type { TestBed } from '../test-bed/test-bed.ts'
import { targetBehind } from './loaded.ts'
import type { LookUpResult, LookUps } from './look-up.ts'

const LOAD: Load = { way: 'absolute', exchange: SMALL, connections: 1, lifetime: 'kept', rate: null }
const LOOK_UP = fileURLToPath(new URL('look-up.ts', import.meta.url))

/**
 * certhop with a registry: started in each round, because a large one is watched and would take time from the others; and
 * its registry alone in a process that stays, where it is looked into with nothing around it.
 */
export class Registered implements Trial {
  readonly #bed: TestBed
  readonly #peer: Peer
  readonly #job: Job
  readonly #hosts: LookUps['hosts']
  #lookUps: PinnedProcess | null = null

  constructor(bed: TestBed, peer: Peer, job: Job, hosts: LookUps['hosts']) {
    this.#bed = bed
    this.#peer = peer
    this.#job = job
    this.#hosts = hosts
  }

  async warmUp(seconds: number): Promise<void> {
    await this.#start()
    const lookUps: LookUps = { registry: join(this.#job.folder, 'registry.yaml'), hosts: this.#hosts }
    const command = [process.execPath, LOOK_UP, JSON.stringify(lookUps)]
    this.#lookUps = new PinnedProcess(this.#job.core, command)
    await this.#lookUps.nextLine()
    await this.#lookUps.reply(String(seconds))
  }

  async round(seconds: number): Promise<Figures> {
    const started = await this.#start()
    const lookUps = await this.#lookUps?.reply(String(seconds))
    return { ...started, ...(JSON.parse(lookUps ?? '{}') as LookUpResult) }
  }

  async stop(): Promise<void> {
    await this.#lookUps?.stop()
  }

  async #start() {
    const running = await this.#peer.start(this.#job)
    const ready = performance.now() - running.startedAt
    await ask(LOAD, targetBehind(running, LOAD, this.#bed))
    const rest = residentBytes(running.pid) / MEBIBYTE
    const peak = peakResidentBytes(running.pid) / MEBIBYTE
    await running.stop()
    return { ready, rest, peak }
  }
}
