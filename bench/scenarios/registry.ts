import { type RegistryEntry, variant } from '../peers/certhop.ts'
import type { Job } from '../peers/peer.ts'
import type { Contender, Scenario } from '../scenario.ts'
import { contender } from '../trials/contenders.ts'
import { Registered } from '../trials/registered.ts'

const SIZES = [1, 100, 10_000, 100_000]
const RULES = ['full', 'wildcard'] as const
/** That are looked up in turns. */
const HOSTS = 50

type Rule = (typeof RULES)[number]

/** One entry for the server and the rest for others, each with files of its own. A single one is for the others as well. */
async function registryOf(size: number, rule: Rule, job: Job): Promise<RegistryEntry[]> {
  const { host, identities } = job
  const { client, ca } = job.credentials
  const own = rule === 'full' ? host : host.replace(/^[^.]+/, '*')
  const hosts = size === 1 ? [own, ...otherHosts(1, rule === 'full' ? '' : '*.')] : [own]
  const others = (await identities.take(size - 1)).map((files, index) => ({
    id: `other-${index}`,
    host: `${rule === 'full' ? '' : '*.'}${otherHost(index)}`,
    ...files,
  }))
  return [...others, { id: 'client', host: hosts, cert: client.cert, key: client.key, ca }]
}

/** Evenly spread over the registry. */
function otherHosts(size: number, prefix: string): string[] {
  const step = Math.max(1, Math.floor((size - 1) / HOSTS))
  return Array.from({ length: HOSTS }, (_, index) => `${prefix}${otherHost(index * step)}`)
}

function otherHost(index: number): string {
  return `h${index}.registry.test`
}

function sized(size: number, rule: Rule): Contender {
  const name = `${rule}, ${size.toLocaleString('en')}`
  const peer = variant(name, { entries: job => registryOf(size, rule, job) })
  const isFull = rule === 'full'
  const hosts = {
    known: otherHosts(size, isFull ? '' : 'known.'),
    parents: isFull ? [] : otherHosts(size, ''),
  }
  return contender(peer, async bed => new Registered(bed, peer, await bed.job(name), hosts))
}

/** Whether certificates may be many. */
export const registry: Scenario = {
  name: 'registry',
  description: `certhop by rule and number of its entries; ${HOSTS} hosts looked up in turns`,
  quantities: ['lookUp', 'firstLookUp', 'ready', 'rest', 'peak'],
  baselines: RULES.map(rule => `${rule}, 1`),
  comparison: 'ratio',
  contenders: RULES.flatMap(rule => SIZES.map(size => sized(size, rule))),
  absent: [],
  quick: false,
}
