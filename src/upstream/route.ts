import type { Identity } from '../identity/identity.ts'

/** Where an upstream connection leads, and as whom. Two requests may share a connection only if all of it is equal. */
export interface Route {
  /** The name or address that is asked for, and that is dialled unless `address` is set. Normalised. */
  readonly host: string
  /** The address that is dialled instead, because the runner has resolved the name itself; null to resolve `host`. */
  readonly address: string | null
  readonly port: number
  readonly tls: boolean
  /** Null presents no certificate. */
  readonly identity: Identity | null
}

/** The name or address that the server's certificate must be for. */
export function serverNameOf({ host, identity }: Route): string {
  return identity?.tls.serverName ?? host
}

/** Equal for equal routes only. The generation stands for the whole identity, its TLS policy included: it is unique in the process. */
export function routeKey(route: Route): string {
  const { identity, tls, port, host, address } = route
  const key = `${identity?.generation ?? 0}${tls ? 's' : 'p'}${port} ${host}`
  return address === null ? key : `${key} ${address}`
}
