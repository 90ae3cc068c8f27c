import { type RegistryEntry, variant, withDecoy } from '../peers/certhop.ts'
import type { Job, Peer } from '../peers/peer.ts'
import type { Scenario, Trial } from '../scenario.ts'
import type { TestBed } from '../test-bed/test-bed.ts'
import { contender, peersThat } from '../trials/contenders.ts'
import { Resting } from '../trials/resting.ts'
import { Started } from '../trials/started.ts'

const ENTRIES = 10

async function tenEntries(job: Job): Promise<RegistryEntry[]> {
  const own = await withDecoy(job)
  const others = await job.identities.take(ENTRIES - own.length)
  return [
    ...own,
    ...others.map((files, index) => ({
      ...files,
      id: `other-${index}`,
      host: `other-${index}.test`,
    })),
  ]
}

/** As it is by default, and with less and more to load. */
const VARIANTS = [
  variant('certhop', { entries: tenEntries, admin: true }),
  variant('certhop, admin off', { entries: tenEntries }),
  variant('certhop, from source', { entries: tenEntries, admin: true, fromSource: true }),
]

/** certhop with ten entries, in variants, among the others. */
function withVariants(
  begin: (bed: TestBed, peer: Peer) => Promise<Trial>,
): Pick<Scenario, 'contenders' | 'absent'> {
  const { contenders, absent } = peersThat('absolute', begin)
  const others = contenders.filter(({ program }) => program !== 'certhop')
  return { contenders: [...VARIANTS.map(peer => contender(peer, begin)), ...others], absent }
}

/** What a check waits for whose proxy starts with it. */
export const start: Scenario = {
  name: 'start',
  description: `from the start of the process until it listens; certhop with ${ENTRIES} entries`,
  quantities: ['ready', 'readyCpu'],
  baselines: ['http-proxy', 'squid'],
  comparison: 'ratio',
  ...withVariants(async (bed, peer) => new Started(bed, peer, await bed.job(peer.name))),
  quick: true,
}

/** What it costs to have it. */
export const idle: Scenario = {
  name: 'idle',
  description: `asked once, and then for nothing; certhop with ${ENTRIES} entries`,
  quantities: ['rest', 'restCpu'],
  baselines: ['http-proxy', 'squid'],
  comparison: 'ratio',
  ...withVariants(async (bed, peer) => new Resting(bed, await peer.start(await bed.job(peer.name)))),
  quick: false,
}
