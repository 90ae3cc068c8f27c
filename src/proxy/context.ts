import type { SecureContext } from 'node:tls'
import type { Deadlines } from '../core/deadlines.ts'
import type { Events } from '../observe/events.ts'
import type { Snapshot } from '../registry/snapshot.ts'
import type { Pool } from '../upstream/pool.ts'
import type { Admission } from './admission.ts'
import type { Distrust } from './distrust.ts'
import type { Policy } from './plan.ts'

/** What every connection of the proxy works with. */
export interface ProxyContext {
  readonly registry: { readonly current: Pick<Snapshot, 'select'> }
  readonly admission: Admission
  readonly pool: Pool
  /** What runners are shown in the place of the server `host`. */
  readonly authority: { contextFor(host: string): Promise<SecureContext> }
  readonly distrust: Pick<Distrust, 'refused' | 'left' | 'trusts'>
  /** HTTP/2 tunnels: each asks its runner to come again when another identity wins its host since the registry changed. */
  readonly http2Tunnels: Set<{ reconsider(): void }>
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
  /** How many tunnels are open. */
  tunnels: number
}
