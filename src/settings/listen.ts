import { BlockList, isIP } from 'node:net'

export interface ListenAddress {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
}

/** Reads `HOST:PORT`, with an IPv6 address in brackets; null when it is something else. */
export function parseListen(text: string): ListenAddress | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ''
  const port = Number(match?.[3])
  return host !== '' && port <= 65535 ? { host, port } : null
}

/** True for what only this machine can reach. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const family = isIP(host)
  return family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Why a proxy of this version listens on nothing but loopback. */
export const LOOPBACK_ONLY =
  'a proxy lends its certificates to whoever reaches it; other machines would have to be known by user or by ' +
  'client certificate, and this version knows neither'
