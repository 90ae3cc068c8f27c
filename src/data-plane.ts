import type { SecureContext } from 'node:tls'
import { Deadlines } from './core/deadlines.ts'
import { createTrustingContext } from './identity/trust.ts'
import type { Gauges } from './observe/gauges.ts'
import { type Admission, certifiedAdmission, openAdmission } from './proxy/admission.ts'
import { Authentication } from './proxy/authentication.ts'
import { ConnectionLimit } from './proxy/connection-limit.ts'
import type { ProxyContext } from './proxy/context.ts'
import { Listener } from './proxy/listener.ts'
import type { CheckQueue } from './proxy/password-checks.ts'
import type { Policy } from './proxy/plan.ts'
import type { FrontCredentials } from './proxy/tls-front.ts'
import type { SelectableEntry } from './registry/entry.ts'
import { hostMatcher } from './registry/host-matcher.ts'
import type { Snapshot } from './registry/snapshot.ts'
import type { Swap } from './registry/swap.ts'
import { ValidityChanges } from './registry/validity-changes.ts'
import type { ListenAddress } from './settings/listen.ts'
import { isNetwork } from './settings/network.ts'
import type { Settings } from './settings/settings.ts'
import { Addresses } from './upstream/addresses.ts'
import type { DialOptions } from './upstream/dial.ts'
import { EgressProxy } from './upstream/egress.ts'
import { Pool } from './upstream/pool.ts'

/** What carries the requests: the proxy's port, its connections to both sides, and all between them. */
export interface DataPlane {
  /** At the address of the settings. Resolves with the one that was taken; rejects with Node's error. */
  listen(): Promise<ListenAddress>
  /** Declares another address that this process listens on: dialling it would be a loop. */
  addOwnAddress(address: ListenAddress): Promise<void>
  /** Done when the new snapshot decides all requests to come. */
  swap(swap: Pick<Swap, 'snapshot' | 'retired'>): Promise<void>
  /** Shows runners other credentials from now on. Rejects with Node's error when TLS can't use them. */
  renew(credentials: FrontCredentials): Promise<void>
  gauges(): Gauges
  /** As `Listener.stop`. */
  stop(timeout: number): Promise<number>
  /** Ends what is left at once. */
  close(): Promise<void>
}

/** What the data plane works with and does not make. */
export interface Surroundings extends Pick<ProxyContext, 'authority' | 'distrust' | 'events'> {
  readonly registry: { readonly current: Pick<Snapshot<SelectableEntry>, 'select' | 'entries'> }
  /** For TLS with runners; null speaks in clear. */
  readonly credentials: FrontCredentials | null
  /** Where connections are counted together with other threads. */
  readonly connectionMemory?: SharedArrayBuffer
  /** Where passwords wait together with those of other threads. */
  readonly passwordChecks?: CheckQueue
}

/** The data plane in this thread. */
export class LocalDataPlane implements DataPlane {
  readonly #settings: Settings
  readonly #dialling: DialOptions
  readonly #context: ProxyContext
  readonly #listener: Listener
  readonly #validity: ValidityChanges

  constructor(
    settings: Settings,
    { credentials, connectionMemory, passwordChecks, ...surroundings }: Surroundings,
  ) {
    const deadlines = new Deadlines()
    this.#settings = settings
    this.#dialling = dialOptions(settings, deadlines)
    this.#context = {
      ...surroundings,
      admission: admission(settings, passwordChecks),
      pool: new Pool({
        ...this.#dialling,
        idleTimeout: settings.upstream.idleTimeout,
        onHandshake: handshake => surroundings.events.handshake(handshake),
      }),
      http2Tunnels: new Set(),
      deadlines,
      policy: policyOf(settings),
      reuse: settings.upstream.reuse,
      upstreamIdleTimeout: settings.upstream.idleTimeout,
      responseTimeout: settings.upstream.responseTimeout,
      via: settings.via,
      limits: settings.limits,
      draining: false,
      tunnels: 0,
    }
    this.#validity = new ValidityChanges(surroundings.registry, deadlines, () => this.#reconsiderTunnels())
    const limit = new ConnectionLimit(settings.limits.connections, connectionMemory)
    this.#listener = new Listener(this.#context, { limit, credentials })
  }

  listen(): Promise<ListenAddress> {
    const { port, reusePort } = this.#settings.listen
    return this.#listen(port, reusePort)
  }

  /** As `listen`, at a port that other threads listen at as well; 0 takes a free one. */
  listenBeside(port: number): Promise<ListenAddress> {
    return this.#listen(port, true)
  }

  async addOwnAddress({ host, port }: ListenAddress): Promise<void> {
    this.#dialling.addresses.addOwn(host, port)
  }

  async swap({ retired }: Pick<Swap, 'retired'>): Promise<void> {
    for (const identity of retired) this.#context.pool.retire(identity, this.#settings.shutdownTimeout)
    this.#validity.registryChanged()
    this.#reconsiderTunnels()
  }

  async renew(credentials: FrontCredentials): Promise<void> {
    this.#listener.renew(credentials)
  }

  gauges(): Gauges {
    return {
      clientConnections: this.#listener.connections,
      tunnels: this.#context.tunnels,
      upstreamConnections: this.#context.pool.count(),
    }
  }

  stop(timeout: number): Promise<number> {
    return this.#listener.stop(timeout)
  }

  async close(): Promise<void> {
    this.#context.pool.close()
    this.#context.deadlines.close()
  }

  #reconsiderTunnels(): void {
    for (const tunnel of this.#context.http2Tunnels) tunnel.reconsider()
  }

  async #listen(wanted: number, reusePort: boolean): Promise<ListenAddress> {
    const { address: host, port } = await this.#listener.listen(this.#settings.listen.host, wanted, reusePort)
    await this.addOwnAddress({ host, port })
    return { host, port }
  }
}

function admission({ listen: { users, tls } }: Settings, checks: CheckQueue | undefined): Admission {
  if (tls !== null && tls.clientCa !== null) return certifiedAdmission
  const [first, ...others] = users
  return first === undefined ? openAdmission : new Authentication([first, ...others], checks)
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
