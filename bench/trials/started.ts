import { performance } from 'node:perf_hooks'
import { ask } from '../load/ask.ts'
import { SMALL } from '../load/exchange.ts'
import type { Load } from '../load/load.ts'
import { percentile } from '../load/percentile.ts'
import type { Job, Peer } from '../peers/peer.ts'
import type { Figures } from '../report/quantity.ts'
import type { Trial } from '../scenario.ts'
import { cpuSecondsSinceStart } from '../system/accounting.ts'
import type { TestBed } from '../test-bed/test-bed.ts'
import { targetBehind } from './loaded.ts'

const LOAD: Load = { way: 'absolute', exchange: SMALL, connections: 1, lifetime: 'kept', rate: null }

/** A peer that is started again and again, and asked once each time. */
export class Started implements Trial {
  readonly #bed: TestBed
  readonly #peer: Peer
  readonly #job: Job

  constructor(bed: TestBed, peer: Peer, job: Job) {
    this.#bed = bed
    this.#peer = peer
    this.#job = job
  }

  /** Once, so that the file system has everything in memory, and what a first start leaves behind is there. */
  async warmUp(): Promise<void> {
    await this.#start()
  }

  async round(seconds: number): Promise<Figures> {
    const until = performance.now() + seconds * 1000
    const starts: { ready: number; readyCpu: number }[] = []
    do starts.push(await this.#start())
    while (performance.now() < until)
    const median = (quantity: 'ready' | 'readyCpu') =>
      percentile(
        starts.map(start => start[quantity]),
        0.5,
      )
    return { ready: median('ready'), readyCpu: median('readyCpu') }
  }

  async stop(): Promise<void> {}

  async #start() {
    const running = await this.#peer.start(this.#job)
    const ready = performance.now() - running.startedAt
    const readyCpu = cpuSecondsSinceStart(running.pid) * 1e3
    await ask(LOAD, targetBehind(running, LOAD, this.#bed))
    await running.stop()
    return { ready, readyCpu }
  }
}
