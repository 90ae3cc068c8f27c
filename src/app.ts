import type { Writable } from 'node:stream'
import type { AdminServer } from './admin/server.ts'
import { type Authority, openAuthority } from './authority/authority.ts'
import type { TrustFiles } from './authority/trust-files.ts'
import { openFileLimit } from './core/open-files.ts'
import { formatProblem, type Problem } from './core/problem.ts'
import { type DataPlane, LocalDataPlane, policyOf, type Surroundings } from './data-plane.ts'
import { type ListenerCredentials, readListenerCredentials } from './identity/listener-credentials.ts'
import { Events, type RegistryReload } from './observe/events.ts'
import type { Gauges } from './observe/gauges.ts'
import { startLogger } from './observe/logger.ts'
import { Distrust } from './proxy/distrust.ts'
import type { RegistryEvent, ReloadReason } from './registry/events.ts'
import { ExpiryWarnings } from './registry/expiry-warnings.ts'
import { Registry } from './registry/registry.ts'
import { formatProxyUrl } from './settings/listen.ts'
import type { Settings } from './settings/settings.ts'

/** A running certhop. */
export interface App {
  /** `http://127.0.0.1:8128`, with the port that was really taken. */
  readonly proxyUrl: string
  /** Null when the admin plane is off. */
  readonly admin: AdminPlane | null
  readonly events: Events
  readonly registry: Registry
  /** What runners have to trust, so that they can be intercepted. */
  readonly trustFiles: TrustFiles
  gauges(): Gauges
  /** True when the new registry is in force, false when it was refused and the old one stays. */
  reload(reason: ReloadReason): Promise<boolean>
  /** Ends in order within `shutdownTimeout`: `forced` when connections had to be cut. Further calls are the first. */
  stop(): Promise<'clean' | 'forced'>
}

export interface AdminPlane {
  /** `http://127.0.0.1:8129`, with the port that was really taken. */
  readonly url: string
  /** A link to the page that signs in once, within an hour. */
  newLink(): string
}

export interface AppOptions {
  /** Default the process's. */
  readonly stderr?: Writable
  /** Threads that carry requests, default 1: the one that does all else. */
  readonly workers?: number
}

/**
 * Settings in, running certhop out. Rejects with `InvalidRegistry` when the registry can't be loaded, and with Node's
 * error (`AdminAddressUnusable` for the admin plane's) when a port can't be listened on; nothing is left running then.
 */
export async function startApp(settings: Settings, options: AppOptions = {}): Promise<App> {
  const events = new Events()
  const logger = startLogger(events, settings.log, options.stderr)
  // What is off is not loaded either.
  const plane = settings.admin === null ? null : await import('./admin-plane.ts')
  const observers = plane?.observe(events, settings, { gauges, snapshot: () => registry.current })
  const opened = await openAll(settings, events).catch(error => {
    logger.close()
    throw error
  })
  const { registry, authority } = opened
  const distrust = new Distrust(events)
  const dataPlane = await createDataPlane(
    withinOpenFiles(settings, events),
    { ...opened, distrust, events },
    options.workers ?? 1,
  )
  registry.onSwap(swap => dataPlane.swap(swap))
  const expiryWarnings = new ExpiryWarnings(registry, events)
  let stopped: Promise<'clean' | 'forced'> | null = null

  let rootsLater: NodeJS.Immediate | undefined

  async function release(): Promise<void> {
    clearImmediate(rootsLater)
    expiryWarnings.close()
    // First, because a reload waits for the data plane.
    await registry.close()
    await dataPlane.close()
    await authority.close()
    logger.close()
  }

  function gauges(): Gauges {
    return dataPlane.gauges()
  }

  /** Null when it is off. */
  async function startAdmin(proxyUrl: string) {
    if (settings.admin === null || plane === null || observers === undefined) return null
    const server = await plane.createAdminServer({
      ...{ settings, events, observers, registry, trustFiles: authority.files, proxyUrl },
      policy: policyOf(settings),
      connections: gauges,
      isDraining: () => stopped !== null,
    })
    const { address, port, url } = await server.listen(
      settings.admin.host,
      settings.admin.port,
      settings.listen.reusePort,
    )
    await dataPlane.addOwnAddress({ host: address, port })
    return { url, server }
  }

  async function stop(adminServer: AdminServer | undefined): Promise<'clean' | 'forced'> {
    const forced = await dataPlane.stop(settings.shutdownTimeout)
    await adminServer?.close(ADMIN_GRACE)
    const message = forced === 0 ? 'stopped' : 'stopped; what was left after shutdownTimeout was cut'
    events.notice(forced === 0 ? 'info' : 'warn', message, { connectionsCut: forced })
    await release()
    return forced === 0 ? 'clean' : 'forced'
  }

  try {
    await dataPlane.swap({ snapshot: registry.current, retired: [] })
    const { host, port } = await dataPlane.listen()
    const proxyUrl = formatProxyUrl(settings, host, port)
    const admin = await startAdmin(proxyUrl)
    // Nobody who waits for the proxy has to wait for the system's roots as well.
    rootsLater = setImmediate(() => updateTrustFiles(authority, events))
    return {
      proxyUrl,
      admin: admin === null ? null : { url: admin.url, newLink: () => admin.server.newLink() },
      events,
      registry,
      trustFiles: authority.files,
      gauges,
      async reload(reason) {
        if (reason === 'request') await renewCredentials(settings, dataPlane, events)
        return registry.reload(reason)
      },
      stop() {
        stopped ??= stop(admin?.server)
        return stopped
      },
    }
  } catch (error) {
    await dataPlane.stop(0)
    await release()
    throw error
  }
}

/** How long a request to the admin plane may still take when the proxy has stopped, in milliseconds. */
const ADMIN_GRACE = 1000

async function createDataPlane(
  settings: Settings,
  surroundings: Surroundings & { readonly authority: Authority },
  count: number,
): Promise<DataPlane> {
  if (count === 1) return new LocalDataPlane(settings, surroundings)
  const { Workers } = await import('./workers/workers.ts')
  return new Workers(settings, { ...surroundings, count })
}

/** Files that a connection may take: its own, that of its server, and its share of idle ones, of logs, and of the admin plane's. */
const FILES_A_CONNECTION = 3

/** With no more connections than there are files for: a limit that is told of goes before one that just fails. */
function withinOpenFiles(settings: Settings, events: Events): Settings {
  const files = openFileLimit()
  const { connections } = settings.limits
  if (files === null || connections * FILES_A_CONNECTION <= files) return settings
  const possible = Math.max(1, Math.floor(files / FILES_A_CONNECTION))
  events.notice(
    'info',
    `limits.connections is ${possible} here, because no more than ${files} files can be open`,
    {
      hint: 'raise the limit of open files: `ulimit -n`, or LimitNOFILE of a service',
    },
  )
  return { ...settings, limits: { ...settings.limits, connections: possible } }
}

async function openAll(settings: Settings, events: Events) {
  const credentials = openCredentials(settings, events)
  const registry = await openRegistry(settings, events)
  try {
    return {
      credentials,
      registry,
      authority: await openAuthority({ ...settings, events, rootsLater: true }),
    }
  } catch (error) {
    await registry.close()
    throw error
  }
}

/** Null where runners speak in clear. Throws `InvalidListenerCredentials`. */
function openCredentials({ listen: { tls } }: Settings, events: Events): ListenerCredentials | null {
  if (tls === null) return null
  const credentials = readListenerCredentials(tls)
  if (credentials.keyExposed) {
    events.notice('warn', `the private key ${tls.key} is open to other users (chmod 600 ${tls.key})`, {
      code: 'key_readable_by_others',
    })
  }
  return credentials
}

async function updateTrustFiles(authority: Authority, events: Events): Promise<void> {
  try {
    await authority.updateTrustFiles()
  } catch (error) {
    const { bundle } = authority.files
    events.notice('warn', `${bundle} stays with the system's roots of before: ${(error as Error).message}`)
  }
}

async function renewCredentials(settings: Settings, dataPlane: DataPlane, events: Events): Promise<void> {
  try {
    const credentials = openCredentials(settings, events)
    if (credentials !== null) await dataPlane.renew(credentials)
  } catch (error) {
    events.notice('error', `the last good certificate of the proxy stays: ${(error as Error).message}`)
  }
}

function openRegistry({ registry, secrets }: Settings, events: Events): Promise<Registry> {
  return Registry.open(registry, {
    ageIdentity: secrets.identity,
    emit: event => announce(events, registry, event),
  })
}

/** A file that is another one than was meant can have a problem in every line. */
const PROBLEMS_TOLD = 10

function announceRefusal(events: Events, problems: readonly Problem[]): void {
  const refused = 'registry refused, the last good one stays'
  for (const problem of problems.slice(0, PROBLEMS_TOLD)) {
    events.notice('error', `${refused}: ${formatProblem(problem)}`, { code: problem.code })
  }
  const more = problems.length - PROBLEMS_TOLD
  if (more > 0) events.notice('error', `${refused}: ${more} problems more, which \`certhop check\` lists`)
}

function announce(events: Events, registry: string, event: RegistryEvent): void {
  switch (event.type) {
    case 'registry-loaded': {
      const { type, unchanged, problems, ...fields } = event
      events.notice('info', 'registry loaded', fields)
      announceReload(events, { ...fields, outcome: unchanged ? 'unchanged' : 'loaded', problems })
      break
    }
    case 'registry-refused': {
      const { type, ...fields } = event
      announceReload(events, { ...fields, ...NO_CHANGES, outcome: 'refused' })
      // At the start there is no last good one; `startApp` rejects with the problems.
      if (event.reason === 'start') break
      announceRefusal(
        events,
        event.problems.filter(({ severity }) => severity === 'error'),
      )
      break
    }
    case 'registry-failed': {
      const { type, error, ...fields } = event
      const problem = unreadable(registry, error as Error)
      events.notice('error', `the last good registry stays: ${formatProblem(problem)}`, {
        code: problem.code,
      })
      announceReload(events, { ...fields, ...NO_CHANGES, outcome: 'failed', problems: [problem] })
      break
    }
    case 'entry-problem':
      // Told when it comes to pass, which a reload need not notice.
      if (event.problem.code === 'client_certificate_expired') break
      events.notice(event.problem.severity === 'error' ? 'error' : 'warn', formatProblem(event.problem), {
        code: event.problem.code,
      })
      break
  }
}

const NO_CHANGES = { added: [], changed: [], removed: [] } as const

function announceReload(events: Events, reload: Omit<RegistryReload, 'at'>): void {
  events.registry({ at: Date.now(), ...reload })
}

function unreadable(file: string, { message }: Error): Problem {
  const place = { severity: 'error', file, line: 1, column: 1 } as const
  return {
    ...place,
    code: 'registry_unreadable',
    message: `reading the registry failed: ${message}`,
    hint: '',
  }
}
