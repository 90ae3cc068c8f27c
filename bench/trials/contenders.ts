import type { Peer, Way } from '../peers/peer.ts'
import { PEERS } from '../peers/peers.ts'
import type { Absence, Contender, Scenario, Trial } from '../scenario.ts'
import type { TestBed } from '../test-bed/test-bed.ts'

type Start = (bed: TestBed, peer: Peer) => Promise<Trial>

/** A peer in a trial. */
export function contender(peer: Peer, start: Start): Contender {
  const { name, program, install } = peer
  return { name, program, install, version: () => peer.version(), start: bed => start(bed, peer) }
}

/** All peers that know the way in the same trial; the others are absent. */
export function peersThat(way: Way, start: Start): Pick<Scenario, 'contenders' | 'absent'> {
  const absent: Absence[] = []
  const contenders: Contender[] = []
  for (const peer of PEERS) {
    const reason = peer.ways[way]
    if (reason === true) contenders.push(contender(peer, start))
    else absent.push({ name: peer.name, reason })
  }
  return { contenders, absent }
}
