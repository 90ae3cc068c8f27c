import type { TrustFiles } from '../authority/trust-files.ts'
import type { Activity } from '../observe/activity.ts'
import type { Events } from '../observe/events.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { RecentRequests } from '../observe/recent-requests.ts'
import type { ReloadHistory } from '../observe/reload-history.ts'
import type { AddOptions } from '../registry/add.ts'
import type { Registry } from '../registry/registry.ts'
import type { Explanation, Status } from './schemas.ts'

/** What the admin plane shows, and what it changes. */
export interface AdminContext {
  readonly registry: Registry
  /** The path of the registry file. */
  readonly registryFile: string
  readonly ageIdentity: AddOptions['ageIdentity']
  readonly events: Events
  readonly recent: RecentRequests
  readonly activity: Activity
  readonly reloads: ReloadHistory
  readonly metrics: Metrics
  readonly trustFiles: TrustFiles
  /** Where runners find the proxy. */
  readonly proxyUrl: string
  /** As `certhop explain`; `groups` are joined with `+`. Null when `target` is neither a host, host:port nor URL. */
  readonly explain: (target: string, groups: string) => Explanation | null
  /** The variables that point a runner at the proxy. */
  readonly environment: () => Promise<Record<string, string>>
  readonly connections: () => Status['connections']
  /** Why no new request is wanted; empty when the proxy is ready. */
  readonly notReady: () => string[]
}
