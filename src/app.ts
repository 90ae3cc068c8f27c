import type { Writable } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { type Authority, openAuthority } from './authority/authority.ts'
import type { TrustFiles } from './authority/trust-files.ts'
import { Deadlines } from './core/deadlines.ts'
import { formatProblem, type Problem } from './core/problem.ts'
import { type ListenerCredentials, readListenerCredentials } from './identity/listener-credentials.ts'
import { createTrustingContext } from './identity/trust.ts'
import { Events, type RegistryReload } from './observe/events.ts'
import type { Gauges } from './observe/gauges.ts'
import { startLogger } from './observe/logger.ts'
import { type Admission, certifiedAdmission, openAdmission } from './proxy/admission.ts'
import { Authentication } from './proxy/authentication.ts'
import type { ProxyContext } from './proxy/context.ts'
import { Distrust } from './proxy/distrust.ts'
import { Listener } from './proxy/listener.ts'
import type { Policy } from './proxy/plan.ts'
import type { RegistryEvent, ReloadReason } from './registry/events.ts'
import { ExpiryWarnings } from './registry/expiry-warnings.ts'
import { hostMatcher } from './registry/host-matcher.ts'
import { Registry } from './registry/registry.ts'
import { formatProxyUrl } from './settings/listen.ts'
import { isNetwork } from './settings/schema.ts'
import type { Settings } from './settings/settings.ts'
import { Addresses } from './upstream/addresses.ts'
import type { DialOptions } from './upstream/dial.ts'
import { EgressProxy } from './upstream/egress.ts'
import { Pool } from './upstream/pool.ts'

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
  /** Ends in order within `shutdownTimeout`: `forced` when connections had to be cut. */
  stop(): Promise<'clean' | 'forced'>
}

export interface AdminPlane {
  /** `http://127.0.0.1:8129`, with the port that was really taken. */
  readonly url: string
  /** A link to the page that signs in once, within an hour. */
  newLink(): string
}

/**
 * Settings in, running certhop out. Rejects with `InvalidRegistry` when the registry can't be loaded, and with Node's
 * error (`AdminAddressUnusable` for the admin plane's) when a port can't be listened on; nothing is left running then.
 */
export async function startApp(settings: Settings, options: { stderr?: Writable } = {}): Promise<App> {
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
  const deadlines = new Deadlines()
  const dialling = dialOptions(settings, deadlines)
  const pool = new Pool({
    ...dialling,
    idleTimeout: settings.upstream.idleTimeout,
    onHandshake: handshake => events.handshake(handshake),
  })
  const http2Tunnels: ProxyContext['http2Tunnels'] = new Set()
  registry.onSwap(({ retired }) => {
    for (const identity of retired) pool.retire(identity, settings.shutdownTimeout)
    for (const tunnel of http2Tunnels) tunnel.reconsider()
  })
  const expiryWarnings = new ExpiryWarnings(registry, events)
  const context: ProxyContext = {
    registry,
    admission: admission(settings),
    pool,
    authority,
    distrust: new Distrust(events),
    http2Tunnels,
    deadlines,
    events,
    policy: policyOf(settings),
    reuse: settings.upstream.reuse,
    upstreamIdleTimeout: settings.upstream.idleTimeout,
    responseTimeout: settings.upstream.responseTimeout,
    via: settings.via,
    limits: settings.limits,
    draining: false,
    tunnels: 0,
  }
  const listener = new Listener(context, {
    maxConnections: settings.limits.connections,
    credentials: opened.credentials,
  })

  let rootsLater: NodeJS.Immediate | undefined

  async function release(): Promise<void> {
    clearImmediate(rootsLater)
    expiryWarnings.close()
    pool.close()
    deadlines.close()
    await registry.close()
    await authority.close()
    logger.close()
  }

  function gauges(): Gauges {
    const { connections } = listener
    return {
      clientConnections: connections,
      tunnels: context.tunnels,
      upstreamConnections: pool.count(),
    }
  }

  /** Null when it is off. */
  async function startAdmin(proxyUrl: string) {
    if (settings.admin === null || plane === null || observers === undefined) return null
    const server = await plane.createAdminServer({
      ...{ settings, events, observers, registry, trustFiles: authority.files, proxyUrl },
      policy: context.policy,
      connections: gauges,
      isDraining: () => context.draining,
    })
    const { address, port, url } = await server.listen(
      settings.admin.host,
      settings.admin.port,
      settings.listen.reusePort,
    )
    dialling.addresses.addOwn(address, port)
    return { url, server }
  }

  try {
    const { address, port } = await listener.listen(
      settings.listen.host,
      settings.listen.port,
      settings.listen.reusePort,
    )
    dialling.addresses.addOwn(address, port)
    const proxyUrl = formatProxyUrl(settings, address, port)
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
      reload(reason) {
        if (reason === 'request') renewCredentials(settings, listener, events)
        return registry.reload(reason)
      },
      async stop() {
        const forced = await listener.stop(settings.shutdownTimeout)
        await admin?.server.close(ADMIN_GRACE)
        events.notice(
          forced === 0 ? 'info' : 'warn',
          forced === 0 ? 'stopped' : 'stopped; what was left after shutdownTimeout was cut',
          {
            connectionsCut: forced,
          },
        )
        await release()
        return forced === 0 ? 'clean' : 'forced'
      },
    }
  } catch (error) {
    await listener.stop(0)
    await release()
    throw error
  }
}

/** How long a request to the admin plane may still take when the proxy has stopped, in milliseconds. */
const ADMIN_GRACE = 1000

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

function renewCredentials(settings: Settings, listener: Listener, events: Events): void {
  try {
    const credentials = openCredentials(settings, events)
    if (credentials !== null) listener.renew(credentials)
  } catch (error) {
    events.notice('error', `the last good certificate of the proxy stays: ${(error as Error).message}`)
  }
}

function admission({ listen: { users, tls } }: Settings): Admission {
  if (tls !== null && tls.clientCa !== null) return certifiedAdmission
  const [first, ...others] = users
  return first === undefined ? openAdmission : new Authentication([first, ...others])
}

function openRegistry({ registry, secrets }: Settings, events: Events): Promise<Registry> {
  return Registry.open(registry, {
    ageIdentity: secrets.identity,
    emit: event => announce(events, registry, event),
  })
}

/** What the settings say of requests to hosts with and without a certificate. */
export function policyOf({ plainHttp, unmatched, requireCertificate }: Settings): Policy {
  return { plainHttp, unmatched, requiresCertificate: hostMatcher(requireCertificate) }
}

/** How the settings have servers dialled. */
export function dialOptions(settings: Settings, deadlines: Deadlines): DialOptions {
  const { connectTimeout, handshakeTimeout } = settings.upstream
  return {
    addresses: new Addresses(addressRules(settings)),
    egress: egressProxy(settings),
    deadlines,
    anonymousContext: anonymousContext(),
    connectTimeout,
    handshakeTimeout,
  }
}

function addressRules({ resolve, destinations: { deny, allow, ports } }: Settings) {
  const { networks, matchesHost } = destinationRules(deny)
  return { resolve, deniedNetworks: networks, deniesHost: matchesHost, allowedNetworks: allow, ports }
}

function egressProxy({ egressProxy: proxy }: Settings): EgressProxy | null {
  if (proxy === null) return null
  const { networks, matchesHost } = destinationRules(proxy.noProxy)
  return new EgressProxy({ ...proxy, excludedNetworks: networks, excludesHost: matchesHost })
}

function destinationRules(rules: readonly string[]) {
  const networks = rules.filter(isNetwork)
  return { networks, matchesHost: hostMatcher(rules.filter(rule => !isNetwork(rule))) }
}

/** For servers that no entry matches: made when the first of them is reached over TLS, because reading the roots takes a while. */
function anonymousContext(): () => SecureContext {
  let context: SecureContext | null = null
  return () => {
    context ??= createTrustingContext({}, null, true)
    return context
  }
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
      for (const problem of event.problems.filter(({ severity }) => severity === 'error')) {
        events.notice('error', `registry refused, the last good one stays: ${formatProblem(problem)}`, {
          code: problem.code,
        })
      }
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
