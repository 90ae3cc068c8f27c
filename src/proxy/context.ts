import type { Deadlines } from '../core/deadlines.ts'
import type { Events } from '../observe/events.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import type { Pool } from '../upstream/pool.ts'
import type { Policy } from './plan.ts'

/** What every connection of the proxy works with. */
export interface ProxyContext {
  readonly registry: { readonly current: Snapshot }
  readonly pool: Pool
  readonly deadlines: Deadlines
  readonly events: Events
  readonly policy: Policy
  readonly reuse: 'shared' | 'connection' | 'never'
  /** Milliseconds. */
  readonly upstreamIdleTimeout: number
  readonly responseTimeout: number
  readonly via: boolean
  readonly limits: {
    readonly headerBytes: number
    readonly headerFields: number
    readonly headerTimeout: number
    readonly idleTimeout: number
    readonly tunnelIdleTimeout: number
  }
  /** No further request is wanted: answers say `Connection: close`. */
  draining: boolean
}
