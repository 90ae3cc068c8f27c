/** Where every request of a connection goes, once a CONNECT has said so: the requests inside name only a path. */
export interface Scope {
  /** What the runner speaks inside the tunnel: `https` was intercepted, `http` came in clear. */
  readonly scheme: 'http' | 'https'
  /** Normalised. */
  readonly host: string
  readonly port: number
  /** The address to dial, when the runner has resolved the name itself; null to resolve `host`. */
  readonly address: string | null
  /** Those that the CONNECT has named; credentials inside the tunnel are the server's business. */
  readonly groups: readonly string[]
}
