import type { Exchange } from '../exchange.ts'
import { CONNECTION_EXCHANGES } from './connections.ts'
import { REQUEST_EXCHANGES } from './requests.ts'
import { RESPONSE_EXCHANGES } from './responses.ts'

export const GROUPS: readonly (readonly [what: string, exchanges: readonly Exchange[]])[] = [
  ['requests', REQUEST_EXCHANGES],
  ['responses', RESPONSE_EXCHANGES],
  ['connections', CONNECTION_EXCHANGES],
]
