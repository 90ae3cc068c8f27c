import { peakResidentBytes } from './accounting.ts'
import { type Measurement, measure } from './measurement.ts'
import type { Peer, RunningPeer } from './peer.ts'
import type { Scenario } from './scenario.ts'
import type { TestBed } from './test-bed.ts'

/** How long a run takes. Seconds are whole, because wrk knows no others. */
export interface Effort {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
}

export interface PeerResult {
  readonly name: string
  readonly rounds: readonly Measurement[]
  readonly peakBytes: number
  /** Null when all went well. Otherwise its numbers mean nothing. */
  readonly failure: string | null
}

/** A peer in one scenario. After its first failure it takes no more part. */
class Contender {
  readonly name: string
  readonly #rounds: Measurement[] = []
  #running: RunningPeer | null = null
  #peakBytes = 0
  #failure: string | null = null

  constructor(name: string) {
    this.name = name
  }

  async start(peer: Peer, bed: TestBed): Promise<void> {
    await this.#try(async () => {
      this.#running = await peer.start(await bed.job(peer.name))
    })
  }

  /** Null when it has failed. */
  async measure(bed: TestBed, scenario: Scenario, seconds: number): Promise<Measurement | null> {
    const running = this.#running
    if (running === null || this.#failure !== null) return null
    return this.#try(() => measure(bed, scenario, running, seconds))
  }

  keep(measurement: Measurement | null): void {
    if (measurement !== null) this.#rounds.push(measurement)
  }

  async stop(): Promise<PeerResult> {
    const running = this.#running
    if (running !== null) {
      await this.#try(async () => {
        if (this.#failure === null) this.#peakBytes = peakResidentBytes(running.pid)
      })
      await this.#try(() => running.stop())
    }
    return { name: this.name, rounds: this.#rounds, peakBytes: this.#peakBytes, failure: this.#failure }
  }

  async #try<Result>(action: () => Promise<Result>): Promise<Result | null> {
    try {
      return await action()
    } catch (error) {
      this.#failure = [this.#failure, (error as Error).message].filter(Boolean).join('; ')
      return null
    }
  }
}

/**
 * All peers are started and warmed up, then loaded one after the other in rounds (A B C A B C ...), so that whatever
 * else the machine does meets all of them alike. Who is not loaded waits idle.
 */
export async function runScenario(
  bed: TestBed,
  scenario: Scenario,
  peers: readonly Peer[],
  effort: Effort,
  progress: (line: string) => void,
): Promise<PeerResult[]> {
  const contenders: Contender[] = []
  for (const peer of peers) {
    const contender = new Contender(peer.name)
    contenders.push(contender)
    await contender.start(peer, bed)
    await contender.measure(bed, scenario, effort.warmUpSeconds)
  }
  for (let round = 1; round <= effort.rounds; round++) {
    for (const contender of contenders) {
      const measurement = await contender.measure(bed, scenario, effort.seconds)
      contender.keep(measurement)
      const outcome = measurement && `${measurement.cpuMicrosecondsPerRequest.toFixed(1)} µs CPU a request`
      progress(
        `${scenario.name}, round ${round} of ${effort.rounds}: ${contender.name} ${outcome ?? 'failed'}`,
      )
    }
  }
  return Promise.all(contenders.map(contender => contender.stop()))
}
