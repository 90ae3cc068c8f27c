import { DOWNLOAD, type Exchange, PAGE, POST, UPLOAD } from '../load/exchange.ts'
import type { Scenario } from '../scenario.ts'
import { loadedPeers } from '../trials/loaded.ts'
import { LOADED } from './columns.ts'

function messages(
  name: string,
  description: string,
  exchange: Exchange,
  { connections, quick }: { connections: number; quick: boolean },
): Scenario {
  return {
    name,
    description: `${description} over ${connections} kept connections`,
    quantities: LOADED,
    baselines: ['nginx', 'squid'],
    comparison: 'ratio',
    ...loadedPeers({ way: 'absolute', exchange, connections, lifetime: 'kept', rate: null }),
    quick,
  }
}

/** Bodies of common sizes, both ways. */
export const post = messages('post', '1 KiB there and 1 KiB back', POST, { connections: 32, quick: false })
export const page = messages('page', '16 KiB answers', PAGE, { connections: 32, quick: false })

/** Shows the price of a byte. Few connections, so that answers cut off by the end of a round do not count. */
export const bulk: readonly Scenario[] = [
  messages('bulk-down', '10 MB answers', DOWNLOAD, { connections: 4, quick: true }),
  messages('bulk-up', '10 MB requests', UPLOAD, { connections: 4, quick: false }),
]
