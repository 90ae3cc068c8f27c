import { type Load, type LoadResult, runLoad, type Target } from '../load/load.ts'
import type { Peer, RunningPeer, Way } from '../peers/peer.ts'
import type { Figures } from '../report/quantity.ts'
import type { Contender, Scenario, Trial } from '../scenario.ts'
import { MEBIBYTE, peakResidentBytes, usageOf } from '../system/accounting.ts'
import type { TestBed } from '../test-bed/test-bed.ts'
import { contender, peersThat } from './contenders.ts'
import { watchTelling } from './telling.ts'

/** All peers that know the way, started once and under the same load in each round. */
export function loadedPeers(load: Load & { way: Way }): Pick<Scenario, 'contenders' | 'absent'> {
  return peersThat(load.way, (bed, peer) => start(bed, peer, load))
}

export function loaded(peer: Peer, load: Load): Contender {
  return contender(peer, bed => start(bed, peer, load))
}

async function start(bed: TestBed, peer: Peer, load: Load): Promise<Trial> {
  return new Loaded(bed, await peer.start(await bed.job(peer.name)), load)
}

class Loaded implements Trial {
  readonly #bed: TestBed
  readonly #peer: RunningPeer
  readonly #load: Load

  constructor(bed: TestBed, peer: RunningPeer, load: Load) {
    this.#bed = bed
    this.#peer = peer
    this.#load = load
  }

  warmUp(seconds: number): Promise<LoadResult> {
    return runLoad(this.#bed.cores.load, this.#load, targetBehind(this.#peer, this.#load, this.#bed), seconds)
  }

  async round(seconds: number): Promise<Figures> {
    const { pid } = this.#peer
    const checkTelling = await watchTelling(this.#peer)
    const usage = usageOf(pid, this.#bed.cores.measured)
    const result = await this.warmUp(seconds)
    const { cpuSeconds, othersSeconds } = usage()
    if (result.requests === 0) return {}
    await checkTelling(result.requests)
    return {
      cpu: (cpuSeconds * 1e6) / result.requests,
      requests: result.requests / result.seconds,
      p50: result.p50,
      p99: result.p99,
      p999: result.p999,
      peak: peakResidentBytes(pid) / MEBIBYTE,
      busy: cpuSeconds / result.seconds,
      others: othersSeconds / result.seconds,
    }
  }

  stop(): Promise<void> {
    return this.#peer.stop()
  }
}

/** The server as a client sees it through a peer: TLS leads to the peer's authority where it opens tunnels. */
export function targetBehind({ url, authority }: RunningPeer, { way }: Load, bed: TestBed): Target {
  const { credentials, host, blindHost, port } = bed
  const isBlind = way === 'blind'
  return {
    proxy: url,
    host: isBlind ? blindHost : host,
    port,
    ca: isBlind || authority === null ? credentials.ca : authority,
    client: isBlind ? credentials.client : null,
    subjects: [credentials.subject],
  }
}
