import { certhop, variant } from '../peers/certhop.ts'
import { loggingNginx, nginx } from '../peers/nginx.ts'
import type { Scenario } from '../scenario.ts'
import { loaded } from '../trials/loaded.ts'
import { LOADED } from './columns.ts'
import { USUAL_CONNECTIONS, USUAL_LOAD } from './small.ts'

/** Shows the price of telling. Every line is counted, and every count compared. */
export const logs: Scenario = {
  name: 'logs',
  description: `as small-${USUAL_CONNECTIONS}, with and without an access log in a file, and metrics`,
  quantities: LOADED,
  baselines: [nginx.name, loggingNginx.name],
  comparison: 'ratio',
  contenders: [
    certhop,
    variant('certhop, access log', { accessLog: true }),
    variant('certhop, log and metrics', { accessLog: true, admin: true }),
    nginx,
    loggingNginx,
  ].map(peer => loaded(peer, USUAL_LOAD)),
  absent: [],
  quick: false,
}
