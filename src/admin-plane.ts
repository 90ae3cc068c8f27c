import type { AdminContext } from './admin/context.ts'
import { AdminServer } from './admin/server.ts'
import { openToken } from './admin/token.ts'
import { versionOf } from './authority/persistent.ts'
import type { TrustFiles } from './authority/trust-files.ts'
import { groupsOf } from './core/groups.ts'
import { explainTarget } from './diagnosis/explained-target.ts'
import { parseTarget } from './diagnosis/target.ts'
import { Activity } from './observe/activity.ts'
import type { Events } from './observe/events.ts'
import type { Gauges } from './observe/gauges.ts'
import { type CertificateState, Metrics } from './observe/metrics.ts'
import { RecentRequests } from './observe/recent-requests.ts'
import { ReloadHistory } from './observe/reload-history.ts'
import type { Policy } from './proxy/plan.ts'
import { isUsable } from './registry/described-entry.ts'
import type { Registry } from './registry/registry.ts'
import type { Snapshot } from './registry/snapshot.ts'
import { runnerEnvironment } from './runner/runner-environment.ts'
import { runnerTrust } from './runner/runner-trust.ts'
import type { Settings } from './settings/settings.ts'

/** What the admin plane keeps of the past. */
export type Observers = Pick<AdminContext, 'recent' | 'activity' | 'reloads' | 'metrics'>

/** To be made before the first event; `gauges` and `snapshot` are asked later. */
export function observe(
  events: Events,
  { log }: Settings,
  { gauges, snapshot }: { gauges: () => Gauges; snapshot: () => Snapshot },
): Observers {
  return {
    metrics: new Metrics(events, {
      gauges,
      certificates: () => statesOf(snapshot(), Date.now()),
      generation: () => snapshot().generation,
    }),
    recent: new RecentRequests(events, log),
    activity: new Activity(events),
    reloads: new ReloadHistory(events),
  }
}

/** One after the other as they are asked for, because there may be thousands. */
function* statesOf({ entries }: Snapshot, now: number): Iterable<CertificateState> {
  for (const entry of entries) {
    yield { id: entry.id, notAfter: entry.facts?.notAfter ?? null, usable: isUsable(entry, now) }
  }
}

/** The running proxy, as far as the admin plane shows it. */
export interface Running {
  readonly settings: Settings
  readonly events: Events
  readonly observers: Observers
  readonly registry: Registry
  readonly trustFiles: TrustFiles
  readonly policy: Policy
  readonly proxyUrl: string
  readonly connections: AdminContext['connections']
  readonly isDraining: () => boolean
}

/**
 * Wires the admin plane; it does not listen yet. Rejects with `InvalidAdminToken`. The state directory must exist.
 */
export async function createAdminServer(running: Running): Promise<AdminServer> {
  const { settings, events, observers, registry, trustFiles, policy, proxyUrl, connections } = running
  let known: { version: string | null; variables: Promise<Record<string, string>> } | null = null
  const token = await openToken(settings.stateDirectory, events)
  const context: AdminContext = {
    registry,
    registryFile: settings.registry,
    ageIdentity: settings.secrets.identity,
    events,
    ...observers,
    trustFiles,
    proxyUrl,
    explain(text, groups) {
      const target = parseTarget(text)
      return target === null ? null : explainTarget(target, groupsOf(groups), registry.current, policy)
    },
    async environment() {
      // A trust store for Java takes a second, and is made anew for another authority alone.
      const version = await versionOf(trustFiles.certificate)
      if (known?.version !== version) known = { version, variables: variablesFor(running) }
      return known.variables
    },
    connections,
    notReady: () => (running.isDraining() ? ['shutting down'] : []),
  }
  return new AdminServer(context, token)
}

async function variablesFor({ proxyUrl, trustFiles, events }: Running): Promise<Record<string, string>> {
  return runnerEnvironment(proxyUrl, await runnerTrust(trustFiles, events), {})
}
