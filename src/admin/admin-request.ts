import type { IncomingMessage } from 'node:http'

/** A request that was admitted, as handlers see it. */
export interface AdminRequest {
  readonly incoming: IncomingMessage
  readonly query: URLSearchParams
  /** The last segment of the path where the route has a parameter, decoded; otherwise empty. */
  readonly parameter: string
}
