import { certhop, variant } from '../peers/certhop.ts'
import type { Scenario } from '../scenario.ts'
import { loaded } from '../trials/loaded.ts'
import { LOADED } from './columns.ts'
import { USUAL_CONNECTIONS, USUAL_LOAD } from './small.ts'

const TELLING = { accessLog: true, admin: true }

/** Shows the price of threads, and of what they tell each other: all have the one core. */
export const workers: Scenario = {
  name: 'workers',
  description: `as small-${USUAL_CONNECTIONS}, carried by one thread and by two on one core`,
  quantities: LOADED,
  baselines: [certhop.name],
  comparison: 'ratio',
  contenders: [
    certhop,
    variant('certhop, 2 workers', { workers: 2 }),
    variant('certhop, log and metrics', TELLING),
    variant('certhop, 2 workers, log and metrics', { ...TELLING, workers: 2 }),
  ].map(peer => loaded(peer, USUAL_LOAD)),
  absent: [],
  quick: false,
}
