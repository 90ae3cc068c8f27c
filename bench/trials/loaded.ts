import { type Load, type LoadResult, runLoad, type Target } from '../load/load.ts'
import type { Peer, RunningPeer, Way } from '../peers/peer.ts'
import { PEERS } from '../peers/peers.ts'
import type { Figures } from '../report/quantity.ts'
import type { Absence, Contender, Scenario, Trial } from '../scenario.ts'
import { busySeconds, cpuNanoseconds, peakResidentBytes } from '../system/accounting.ts'
import type { TestBed } from '../test-bed/test-bed.ts'

const MEBIBYTE = 1024 ** 2

/** All peers under the same load; those that can't carry it are absent. */
export function loadedPeers(load: Load & { way: Way }): Pick<Scenario, 'contenders' | 'absent'> {
  const absent: Absence[] = []
  const contenders: Contender[] = []
  for (const peer of PEERS) {
    const reason = peer.ways[load.way]
    if (reason === true) contenders.push(loaded(peer, load))
    else absent.push({ name: peer.name, reason })
  }
  return { contenders, absent }
}

/** A peer that is started once and loaded in each round. */
function loaded(peer: Peer, load: Load): Contender {
  return {
    ...peer,
    peer: peer.name,
    start: async bed => new Loaded(bed, await peer.start(await bed.job(peer.name)), load),
  }
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
    const core = this.#bed.cores.measured
    const busyBefore = busySeconds(core)
    const cpuBefore = cpuNanoseconds(pid)
    const result = await this.warmUp(seconds)
    if (result.requests === 0) throw new Error(`no answer in ${seconds} s`)
    const cpuSeconds = (cpuNanoseconds(pid) - cpuBefore) / 1e9
    const othersSeconds = busySeconds(core) - busyBefore - cpuSeconds
    return {
      cpu: (cpuSeconds * 1e6) / result.requests,
      requests: result.requests / result.seconds,
      p50: result.p50,
      p99: result.p99,
      p999: result.p999,
      peak: peakResidentBytes(pid) / MEBIBYTE,
      busy: cpuSeconds / result.seconds,
      others: Math.max(0, othersSeconds) / result.seconds,
    }
  }

  stop(): Promise<void> {
    return this.#peer.stop()
  }
}

/** The server as a client sees it through a peer: TLS leads to the peer's authority where it opens tunnels. */
function targetBehind({ url, authority }: RunningPeer, { way }: Load, bed: TestBed): Target {
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
