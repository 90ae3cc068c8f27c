import { type RegistryEntry, registryText, variant } from '../peers/certhop.ts'
import type { Job } from '../peers/peer.ts'
import type { Contender, Scenario } from '../scenario.ts'
import { contender } from '../trials/contenders.ts'
import { type Change, Reloaded } from '../trials/reloaded.ts'
import { USUAL_CONNECTIONS, USUAL_LOAD } from './small.ts'

const ENTRIES = 10_000
interface Version {
  /** Of the one entry that is asked for. */
  readonly own: 'client' | 'decoy'
  /** Of the others: the first of the certificates there are. */
  readonly first: number
  /** Whether one of the others has a certificate besides these. */
  readonly isOtherChanged: boolean
}

const BEFORE: Version = { own: 'client', first: 0, isOtherChanged: false }

async function entriesOf(job: Job, { own, first, isOtherChanged }: Version): Promise<RegistryEntry[]> {
  const { cert, key } = job.credentials[own]
  const ca = job.credentials.ca
  const identities = await job.identities.take(2 * ENTRIES)
  const others = identities
    .slice(first, first + ENTRIES - 1)
    .map((files, index) => ({ id: `other-${index}`, host: `h${index}.registry.test`, ...files }))
  const spare = identities.at(-1)
  if (isOtherChanged) Object.assign(others[0] ?? {}, spare)
  return [...others, { id: 'own', host: job.host, cert, key, ca }]
}

async function changeTo(job: Job, version: Version): Promise<Change> {
  const { subject, decoySubject } = job.credentials
  return {
    registry: registryText(job.folder, await entriesOf(job, version)),
    subject: version.own === 'client' ? subject : decoySubject,
  }
}

/** `after` null for no change. */
function changing(name: string, after: Version | null, patience: number): Contender {
  const peer = variant(name, { entries: job => entriesOf(job, BEFORE) })
  return contender(peer, async bed => {
    const job = await bed.job(name)
    const changes = after === null ? [] : [await changeTo(job, BEFORE), await changeTo(job, after)]
    return new Reloaded(bed, job, await peer.start(job), { load: USUAL_LOAD, changes, patience })
  })
}

/** Whether anybody notices a change. */
export const reload: Scenario = {
  name: 'reload',
  description: `one changed entry of ${ENTRIES.toLocaleString('en')}, another than the one in use or that one, and all of them, under the load of small-${USUAL_CONNECTIONS}`,
  quantities: ['stall', 'inForce', 'p50'],
  baselines: [],
  comparison: 'ratio',
  contenders: [
    changing('no change', null, 0),
    changing('another entry', { ...BEFORE, isOtherChanged: true }, 10),
    changing('one entry', { ...BEFORE, own: 'decoy' }, 10),
    changing('all entries', { ...BEFORE, own: 'decoy', first: ENTRIES }, 60),
  ],
  absent: [],
  quick: false,
}
