import { BlockList, isIP } from 'node:net'
import { formatAuthority } from '../core/host.ts'
import type { Settings } from './settings.ts'

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

interface Exposure {
  readonly host: string
  readonly allowRemote: boolean
  readonly users: readonly unknown[]
  readonly tls: { readonly clientCa: string | null } | null
}

/** Why the proxy must not listen on a host, as the rest of a sentence; null when it may. */
export function exposureFault(listen: Exposure): { readonly message: string; readonly hint: string } | null {
  if (isLoopback(listen.host)) return null
  if (!listen.allowRemote) return NOT_ALLOWED
  const knowsRunners = listen.users.length > 0 || (listen.tls?.clientCa ?? null) !== null
  return knowsRunners ? null : NOBODY_KNOWN
}

const NOT_ALLOWED = {
  message: 'must be a loopback address, unless `allowRemote` is true and runners have to say who they are',
  hint: 'a proxy lends its certificates to whoever reaches it',
}

const NOBODY_KNOWN = {
  message: 'must be a loopback address, unless runners have to say who they are',
  hint: 'a proxy lends its certificates to whoever reaches it: list `users` under `listen`, or set `tls.clientCa`',
}

/** Why the admin plane must not listen on a host, as the rest of a sentence; null when it may. */
export function adminFault(host: string): { readonly message: string; readonly hint: string } | null {
  if (isLoopback(host)) return null
  return {
    message: 'must be a loopback address',
    hint: 'whoever reaches the admin plane can try tokens; reach it from elsewhere by `ssh -L` or `kubectl port-forward`',
  }
}

/** Where runners find the proxy. `host` is an address without brackets or a name. */
export function formatProxyUrl(
  { listen: { tls } }: Pick<Settings, 'listen'>,
  host: string,
  port: number,
): string {
  return `${tls === null ? 'http' : 'https'}://${formatAuthority(host, port)}`
}

/** True for what only this machine can reach. */
function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const family = isIP(host)
  return family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')
