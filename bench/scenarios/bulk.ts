import type { Scenario } from '../scenario.ts'

/** Shows the price of a byte. Few connections, so that answers cut off by the end of a round do not count. */
export const bulk: Scenario = {
  name: 'bulk',
  description: '10 MB responses over 4 kept connections',
  way: 'absolute',
  baseline: 'nginx',
  path: '/bulk',
  connections: 4,
  bodyBytes: 10_000_000,
  identityIn: 'header',
}
