/** What is open now. */
export interface Gauges {
  /** Those of runners. */
  readonly clientConnections: number
  /** Blind tunnels, HTTP/2 connections and WebSockets. */
  readonly tunnels: number
  /** To servers, once they are ready for use: in use by a request or a tunnel, or kept for the next request. */
  readonly upstreamConnections: { readonly active: number; readonly idle: number }
}
