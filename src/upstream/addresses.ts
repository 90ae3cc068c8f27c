import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { CerthopError } from '../core/errors.ts'
import { formatAuthority, parseAuthority } from '../core/host.ts'

/** Where to dial: every address that may be tried, in order, and the port. */
export interface Destination {
  readonly addresses: readonly { readonly address: string; readonly family: 4 | 6 }[]
  readonly port: number
}

export interface AddressRules {
  /** `host` or `host:port` to `address` or `address:port`. */
  readonly resolve: Readonly<Record<string, string>>
  /** True for a host name that is never dialled. */
  readonly deniesHost: (host: string) => boolean
  /** CIDRs and addresses that are never dialled. */
  readonly deniedNetworks: readonly string[]
}

/** Turns host and port into addresses that may be dialled. */
export class Addresses {
  readonly #resolve: Readonly<Record<string, string>>
  readonly #deniesHost: (host: string) => boolean
  readonly #denied: BlockList
  /** Addresses and ports this process itself listens on. */
  readonly #own: { address: string; port: number }[] = []

  constructor(rules: AddressRules) {
    this.#resolve = rules.resolve
    this.#deniesHost = rules.deniesHost
    this.#denied = blockList(rules.deniedNetworks)
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
    if (this.#deniesHost(host)) throw denied(host)
    const override = this.#override(host, port)
    const name = override?.host ?? host
    const destinationPort = override?.port ?? port
    const found = await lookUp(name, host)
    const allowed = found.filter(
      ({ address, family }) => !this.#denied.check(address, family === 6 ? 'ipv6' : 'ipv4'),
    )
    if (allowed.length === 0) throw denied(host)
    if (allowed.some(({ address }) => this.#isOwn(address, destinationPort))) {
      throw new CerthopError('loop_detected', `${host}:${port} leads back to this proxy`, {
        hint: 'Request the URL of the API; this address goes into HTTP_PROXY and HTTPS_PROXY only.',
      })
    }
    return { addresses: allowed, port: destinationPort }
  }

  #override(host: string, port: number): { host: string; port: number | null } | null {
    const value = this.#resolve[formatAuthority(host, port)] ?? this.#resolve[formatAuthority(host, null)]
    if (value === undefined) return null
    if (isIP(value) !== 0) return { host: value, port: null }
    return parseAuthority(value)
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
    return (await lookup(name, { all: true })).map(({ address }) => plainAddress(address))
  } catch (cause) {
    throw new CerthopError('dns_failed', `The name ${host} could not be resolved`, {
      hint: 'Check the spelling, or give its address under `resolve` in the settings.',
      cause,
    })
  }
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}

function denied(host: string): CerthopError {
  return new CerthopError('destination_denied', `${host} is denied by the settings`, {
    hint: 'destinations.deny in the settings lists what is never dialled.',
  })
}

/** The address that is reached by dialling `address`: rules are for that one. Dialling the unspecified address reaches this machine. */
function plainAddress(address: string): Destination['addresses'][number] {
  const plain = unmapped(address)
  if (isUnspecified(plain)) return plain === '::' ? LOOPBACK_6 : LOOPBACK_4
  return { address: plain, family: isIP(plain) as 4 | 6 }
}

const LOOPBACK_4 = { address: '127.0.0.1', family: 4 } as const
const LOOPBACK_6 = { address: '::1', family: 6 } as const

/** An IPv4 address that is mapped into IPv6 (RFC 4291 section 2.5.5.2), dotted or in hexadecimal, reaches the same socket. */
function unmapped(address: string): string {
  const mapped =
    isIP(address) === 6
      ? /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(new URL(`http://[${address}]`).hostname)
      : null
  if (mapped === null) return address
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)]
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

function isLocal(address: string): boolean {
  if (address.startsWith('127.')) return true
  return Object.values(networkInterfaces()).some(list => list?.some(known => known.address === address))
}
