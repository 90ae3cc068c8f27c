import type { Scenario } from '../scenario.ts'

/** What a check mostly does. Shows the price of a message. */
export const small: Scenario = {
  name: 'small',
  description: '100-byte responses over 32 kept connections',
  way: 'absolute',
  baseline: 'nginx',
  path: '/small',
  connections: 32,
  bodyBytes: 100,
  identityIn: 'body',
}
