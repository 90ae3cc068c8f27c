import type { PasswordHash } from '../core/password-hash.ts'
import type { EgressUrl } from './egress-url.ts'

export interface EgressProxySettings extends EgressUrl {
  /** CIDRs, addresses and host patterns that are dialled directly. */
  readonly noProxy: readonly string[]
}

/**
 * What `certhop.yaml` says, validated and with every default filled in. Paths are absolute, durations are
 * milliseconds, sizes are bytes.
 */
export interface Settings {
  readonly listen: {
    readonly host: string
    readonly port: number
    readonly allowRemote: boolean
    /** Other processes of the same user may listen on the same ports: of the proxy and of the admin plane. */
    readonly reusePort: boolean
    /** Who may use the proxy; empty for everybody that reaches it. */
    readonly users: readonly { readonly name: string; readonly passwordHash: PasswordHash }[]
    /** Paths of PEM files, for TLS with runners; null speaks in clear. */
    readonly tls: {
      readonly cert: string
      readonly key: string
      /** The authorities whose certificates runners have to show; null asks for none. */
      readonly clientCa: string | null
    } | null
  }
  /** Where the admin plane listens, on loopback; null when it is off. */
  readonly admin: { readonly host: string; readonly port: number } | null
  /** Path of the registry file. */
  readonly registry: string
  /** A folder that is created when it is needed. */
  readonly stateDirectory: string
  /** Kept in the state directory, for one process alone, or the user's own in two PEM files. */
  readonly authority: 'persistent' | 'ephemeral' | { readonly cert: string; readonly key: string }
  readonly plainHttp: 'upgrade' | 'reject'
  readonly unmatched: 'forward' | 'reject'
  /** Patterns of hosts that are never reached without a certificate. */
  readonly requireCertificate: readonly string[]
  /** `host` or `host:port` to `address` or `address:port`. */
  readonly resolve: Readonly<Record<string, string>>
  /** What every connection to a server goes through; null when they are direct. */
  readonly egressProxy: EgressProxySettings | null
  readonly destinations: {
    /** CIDRs, addresses and host patterns. */
    readonly deny: readonly string[]
    /** CIDRs and addresses that are dialled although they are link-local or a metadata service's. */
    readonly allow: readonly string[]
    /** Empty for all. */
    readonly ports: readonly number[]
  }
  readonly via: boolean
  readonly upstream: {
    readonly reuse: 'shared' | 'connection' | 'never'
    readonly idleTimeout: number
    readonly connectTimeout: number
    readonly handshakeTimeout: number
    readonly responseTimeout: number
  }
  readonly limits: {
    readonly connections: number
    readonly headerBytes: number
    readonly headerFields: number
    readonly headerTimeout: number
    readonly idleTimeout: number
    readonly tunnelIdleTimeout: number
  }
  readonly shutdownTimeout: number
  /** The age identity that opens what the registry refers to and is encrypted: a variable or a file. */
  readonly secrets: { readonly identity: { readonly env: string } | { readonly file: string } }
  readonly log: { readonly level: string; readonly access: boolean; readonly query: boolean }
}
