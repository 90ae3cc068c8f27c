import type { Quantity } from '../report/quantity.ts'

/** What is shown of a load that uses a core as far as it can. */
export const LOADED: readonly [Quantity, ...Quantity[]] = [
  'cpu',
  'requests',
  'p50',
  'p99',
  'p999',
  'peak',
  'busy',
  'others',
]
