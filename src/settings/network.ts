import { isIP } from 'node:net'

/** True for an address or a CIDR; anything else in `destinations.deny` and `noProxy` is a host pattern. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (bits === undefined || family === 0) return family !== 0
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32)
}
