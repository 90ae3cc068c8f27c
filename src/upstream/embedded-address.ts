import { isIP } from 'node:net'

/** An IPv6 address that stands for an IPv4 one. */
export interface EmbeddedAddress {
  /** The IPv4 address, dotted. */
  readonly address: string
  /** True when dialling the one reaches the very socket that dialling the other does, without a gateway. */
  readonly mapped: boolean
}

/**
 * The IPv4 address inside an IPv6 one, without brackets: mapped (`::ffff:0:0/96`) and compatible (`::/96`) ones of RFC 4291
 * section 2.5.5, NAT64's well-known prefix (`64:ff9b::/96`, RFC 6052), and 6to4 (`2002::/16`, RFC 3056). Null for all
 * others: what a gateway of somebody's own prefix leads to can't be seen from an address.
 */
export function embeddedAddress(address: string): EmbeddedAddress | null {
  if (isIP(address) !== 6) return null
  const groups = groupsOf(address)
  const start = groups.slice(0, 6).join(':')
  if (start === '0:0:0:0:0:65535') return { address: dotted(groups, 6), mapped: true }
  if (groups[0] === 0x2002) return { address: dotted(groups, 1), mapped: false }
  if (start === '100:65435:0:0:0:0') return { address: dotted(groups, 6), mapped: false }
  // ::, ::1 and their neighbours are no IPv4 addresses: 0.0.0.0/16 has no hosts.
  if (start === '0:0:0:0:0:0' && groups[6] !== 0) return { address: dotted(groups, 6), mapped: false }
  return null
}

/** The eight numbers of 16 bits. A zone, as in `fe80::1%eth0`, says by which link, not where. */
function groupsOf(address: string): readonly number[] {
  const [bare = ''] = address.split('%')
  const [left = '', right] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::')
  const [first, last] = [numbers(left), numbers(right ?? '')]
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}

function numbers(groups: string): number[] {
  return groups === '' ? [] : groups.split(':').map(group => Number.parseInt(group, 16))
}

function dotted(groups: readonly number[], from: number): string {
  const [high = 0, low = 0] = groups.slice(from)
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}
