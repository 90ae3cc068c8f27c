import type { Identity } from '../identity/identity.ts'

/** Where an upstream connection leads, and as whom. Two requests may share a connection only if all of it is equal. */
export interface Route {
  /** The name or address that is dialled, and that the server's certificate must be for. Normalised. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Null presents no certificate. */
  readonly identity: Identity | null
}

/** Equal for equal routes only. The generation stands for the whole identity: it is unique in the process. */
export function routeKey(route: Route): string {
  return `${route.identity?.generation ?? 0}${route.tls ? 's' : 'p'}${route.port} ${route.host}`
}
