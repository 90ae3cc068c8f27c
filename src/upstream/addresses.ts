import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { CerthopError } from '../core/errors.ts'
import { formatAuthority, parseAuthority } from '../core/host.ts'
import { outOfDescriptors } from './descriptors.ts'
import { embeddedAddress } from './embedded-address.ts'
import { networkMatcher } from './networks.ts'

/** Where to dial: every address that may be tried, in order, and the port. */
export interface Destination {
  readonly addresses: readonly { readonly address: string; readonly family: 4 | 6 }[]
  readonly port: number
}

/** A destination that somebody else resolves. */
export interface NamedDestination {
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
}

export interface AddressRules {
  /** `host` or `host:port` to `address` or `address:port`. */
  readonly resolve: Readonly<Record<string, string>>
  /** True for a host name that is never dialled. */
  readonly deniesHost: (host: string) => boolean
  /** CIDRs and addresses that are never dialled. */
  readonly deniedNetworks: readonly string[]
  /** CIDRs and addresses that are dialled although they are link-local or a metadata service's. */
  readonly allowedNetworks: readonly string[]
  /** The ports that may be asked for; empty for all. */
  readonly ports: readonly number[]
}

/**
 * What belongs to this machine's link or to the cloud that it runs in, and lends its credentials to whoever asks: link-local
 * addresses (RFC 3927, RFC 4291 section 2.5.6), and the metadata services that are elsewhere (AWS, Google and Alibaba Cloud).
 */
const LINK_LOCAL: readonly string[] = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
]

/** Turns host and port into addresses that may be dialled. */
export class Addresses {
  readonly #resolve: Readonly<Record<string, string>>
  readonly #deniesHost: (host: string) => boolean
  readonly #deniesAddress: (address: string) => boolean
  readonly #isLinkLocal = networkMatcher(LINK_LOCAL)
  readonly #allowsAddress: (address: string) => boolean
  readonly #ports: readonly number[]
  /** Addresses and ports this process itself listens on. */
  readonly #own: { address: string; port: number }[] = []

  constructor(rules: AddressRules) {
    this.#resolve = rules.resolve
    this.#deniesHost = rules.deniesHost
    this.#deniesAddress = networkMatcher(rules.deniedNetworks)
    this.#allowsAddress = networkMatcher(rules.allowedNetworks)
    this.#ports = rules.ports
  }

  /** Throws `destination_denied` for a host that is never dialled, at whatever address. */
  checkHost(host: string): void {
    if (this.#deniesHost(host)) throw denied(host)
  }

  /** Declares an address that this process listens on: dialling it would be a loop. */
  addOwn(address: string, port: number): void {
    this.#own.push({ address, port })
  }

  /**
   * Resolves by the overrides first, then by the system's resolver. All checks are made on the addresses themselves,
   * which are then dialled as they are: a second look-up could answer otherwise.
   * Throws `dns_failed`, `destination_denied` or `loop_detected`.
   */
  async find(host: string, port: number): Promise<Destination> {
    this.checkHost(host)
    this.#checkPort(host, port)
    const named = this.#override(host, port)
    return { addresses: this.#allowed(await lookUp(named.host, host), host, named.port), port: named.port }
  }

  /**
   * As `find`, without resolving a name: what another proxy is asked for. Rules for addresses see only what is written
   * as one. Throws `destination_denied` or `loop_detected`.
   */
  name(host: string, port: number): NamedDestination {
    this.#checkPort(host, port)
    const named = this.#override(host, port)
    if (this.#deniesHost(host) || this.#deniesHost(named.host)) throw denied(host)
    if (isIP(named.host) === 0) return named
    const address = plainAddress(named.host)
    this.#allowed([address], host, named.port)
    return { host: address.address, port: named.port }
  }

  /**
   * Where a proxy is that all else goes through: the rules are for destinations, and not for it. Throws `dns_failed` or
   * `loop_detected`.
   */
  async findProxy(host: string, port: number): Promise<Destination> {
    const addresses = await lookUp(host, host)
    this.#refuseLoop(addresses, host, port)
    return { addresses, port }
  }

  /** The port that was asked for: where `resolve` leads it is for the settings alone to say. */
  #checkPort(host: string, port: number): void {
    if (this.#ports.length === 0 || this.#ports.includes(port)) return
    throw new CerthopError('destination_denied', `Port ${port} of ${host} is denied by the settings`, {
      hint: 'destinations.ports in the settings lists the ports that may be dialled.',
    })
  }

  /** Those of `addresses` that may be dialled, which is at least one. */
  #allowed(addresses: Destination['addresses'], host: string, port: number): Destination['addresses'] {
    const notDenied = addresses.filter(({ address }) => !isAny(address, this.#deniesAddress))
    if (notDenied.length === 0) throw denied(host)
    const allowed = notDenied.filter(({ address }) => !isAny(address, each => this.#isClosed(each)))
    if (allowed.length === 0) throw linkLocal(host)
    this.#refuseLoop(allowed, host, port)
    return allowed
  }

  #isClosed(address: string): boolean {
    return this.#isLinkLocal(address) && !this.#allowsAddress(address)
  }

  #refuseLoop(addresses: Destination['addresses'], host: string, port: number): void {
    if (!addresses.some(({ address }) => isAny(address, each => this.#isOwn(each, port)))) return
    throw new CerthopError('loop_detected', `${host}:${port} leads back to this proxy`, {
      hint: 'Request the URL of the API; this address goes into HTTP_PROXY and HTTPS_PROXY only.',
    })
  }

  #override(host: string, port: number): NamedDestination {
    const value = this.#resolve[formatAuthority(host, port)] ?? this.#resolve[formatAuthority(host, null)]
    if (value === undefined) return { host, port }
    if (isIP(value) !== 0) return { host: value, port }
    const authority = parseAuthority(value)
    return { host: authority?.host ?? host, port: authority?.port ?? port }
  }

  #isOwn(address: string, port: number): boolean {
    return this.#own.some(
      own =>
        own.port === port && (own.address === address || (isUnspecified(own.address) && isLocal(address))),
    )
  }
}

async function lookUp(name: string, host: string): Promise<Destination['addresses']> {
  if (isIP(name) !== 0) return [plainAddress(name)]
  try {
    return (await lookUpOnce(name)).map(({ address }) => plainAddress(address))
  } catch (cause) {
    const exhausted = outOfDescriptors(cause as Error, `Resolving ${host}`)
    if (exhausted !== null) throw exhausted
    throw new CerthopError('dns_failed', `The name ${host} could not be resolved`, {
      hint: 'Check the spelling, or give its address under `resolve` in the settings.',
      cause,
    })
  }
}

/** What is being looked up, by name. */
const lookUps = new Map<string, Promise<LookupAddress[]>>()

/**
 * Shared by all who ask meanwhile. A look-up holds one of few threads, however long a name server does not answer: many
 * requests for one host must not keep the names of all others waiting.
 */
function lookUpOnce(name: string): Promise<LookupAddress[]> {
  let pending = lookUps.get(name)
  if (pending === undefined) {
    pending = lookup(name, { all: true }).finally(() => lookUps.delete(name))
    lookUps.set(name, pending)
  }
  return pending
}

function denied(host: string): CerthopError {
  return new CerthopError('destination_denied', `${host} is denied by the settings`, {
    hint: 'destinations.deny in the settings lists what is never dialled.',
  })
}

function linkLocal(host: string): CerthopError {
  return new CerthopError('destination_denied', `${host} is a link-local address or a metadata service`, {
    hint: 'If it is meant, list its address in the settings, under destinations.allow.',
  })
}

/** Whether something holds for an address, or for the IPv4 address in it that a gateway would lead to. */
function isAny(address: string, holds: (address: string) => boolean): boolean {
  const embedded = embeddedAddress(address)
  return holds(address) || (embedded !== null && holds(embedded.address))
}

/** The address that is reached by dialling `address`: rules are for that one. Dialling the unspecified address reaches this machine. */
function plainAddress(address: string): Destination['addresses'][number] {
  const embedded = embeddedAddress(address)
  const plain = embedded?.mapped ? embedded.address : address
  if (isUnspecified(plain)) return plain === '::' ? LOOPBACK_6 : LOOPBACK_4
  return { address: plain, family: isIP(plain) as 4 | 6 }
}

const LOOPBACK_4 = { address: '127.0.0.1', family: 4 } as const
const LOOPBACK_6 = { address: '::1', family: 6 } as const

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

function isLocal(address: string): boolean {
  if (address.startsWith('127.')) return true
  return Object.values(networkInterfaces()).some(list => list?.some(known => known.address === address))
}
