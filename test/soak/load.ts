import { setTimeout } from 'node:timers/promises'
import { LANE_WAYS } from '../support/lanes.ts'
import { residentMemory, type Sample } from './process-samples.ts'
import type { Scene } from './scene.ts'
import { abandoning, type Exchange, failing, overLane, overWebSocket, throughBlindTunnel } from './traffic.ts'

/** How many runners send over kept connections, for each way. */
const LANES = 6
/** So many wrong answers are enough to look at. */
const ENOUGH = 10

export interface Extent {
  /** It takes at least so long, and until so many requests were sent. */
  readonly seconds: number
  readonly requests: number
}

/** Requests of all kinds, over and over, while the registry changes each second. */
export class Load {
  /** Of requests, by their kind. */
  readonly counts = new Map<string, number>()
  /** Of what was wrong with answers. */
  readonly wrong: string[] = []
  changes = 0
  sent = 0
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** Until the end of `extent`, or until too much is wrong; all connections are closed then. Resolves with a sample of each second. */
  async run({ seconds, requests }: Extent): Promise<Sample[]> {
    const { way, certhop, change } = this.#scene
    const startedAt = performance.now()
    const last = this.sent + requests
    const isOver = () =>
      this.wrong.length >= ENOUGH || (this.sent >= last && performance.now() - startedAt >= seconds * 1000)
    const runner = (kind: string, exchange: Exchange) => this.#send(kind, exchange, isOver)
    const runners = [
      ...LANE_WAYS.flatMap(kind => Array.from({ length: LANES }, () => runner(kind, overLane(kind, way)))),
      runner('blind tunnel', throughBlindTunnel(way)),
      runner('WebSocket', overWebSocket(way)),
      runner('error', failing(way)),
      runner('abandoned', abandoning(way)),
    ]
    const samples: Sample[] = []
    while (!isOver()) {
      await setTimeout(1000)
      await change()
      this.changes += 1
      const minutes = (performance.now() - startedAt) / 60_000
      samples.push({ minutes, resident: await residentMemory(certhop.pid) })
    }
    await Promise.all(runners)
    for (const lane of way.lanes) lane.close()
    way.lanes.clear()
    return samples
  }

  async #send(kind: string, exchange: Exchange, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.sent += 1
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
      const fault = await exchange(this.sent).catch(error => `${error.stack}`)
      if (fault !== null) this.wrong.push(`${kind}: ${fault}`)
    }
  }
}
