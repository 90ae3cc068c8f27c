import { setTimeout } from 'node:timers/promises'
import { ask } from '../load/ask.ts'
import { SMALL } from '../load/exchange.ts'
import type { Load } from '../load/load.ts'
import type { RunningPeer } from '../peers/peer.ts'
import type { Figures } from '../report/quantity.ts'
import type { Trial } from '../scenario.ts'
import { MEBIBYTE, residentBytes, usageOf } from '../system/accounting.ts'
import type { TestBed } from '../test-bed/test-bed.ts'
import { targetBehind } from './loaded.ts'

const LOAD: Load = { way: 'absolute', exchange: SMALL, connections: 1, lifetime: 'kept', rate: null }

/** A peer that was asked once and has nothing to do since. */
export class Resting implements Trial {
  readonly #bed: TestBed
  readonly #peer: RunningPeer

  constructor(bed: TestBed, peer: RunningPeer) {
    this.#bed = bed
    this.#peer = peer
  }

  async warmUp(seconds: number): Promise<void> {
    await ask(LOAD, targetBehind(this.#peer, LOAD, this.#bed))
    await setTimeout(seconds * 1000)
  }

  async round(seconds: number): Promise<Figures> {
    const usage = usageOf(this.#peer.pid, this.#bed.cores.measured)
    await setTimeout(seconds * 1000)
    const { cpuSeconds } = usage()
    return { rest: residentBytes(this.#peer.pid) / MEBIBYTE, restCpu: (cpuSeconds * 1e6) / seconds }
  }

  stop(): Promise<void> {
    return this.#peer.stop()
  }
}
