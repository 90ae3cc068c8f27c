import type { Credentials } from '../test-bed/credentials.ts'
import type { Identities } from '../test-bed/identities.ts'

/**
 * How requests reach a peer: in absolute form; in tunnels (CONNECT) that it opens, as HTTP/1.1 or HTTP/2; or in tunnels
 * that it leaves closed.
 */
export type Way = 'absolute' | 'tunnel' | 'tunnel-h2' | 'blind'

/** The one job that everything measured is configured for: carry requests to this server under this identity. */
export interface Job {
  /** The server's name, for the request, SNI and the check of its certificate. It listens on 127.0.0.1. */
  readonly host: string
  /** Another name of it, tunnels to which are to be left closed. */
  readonly blindHost: string
  readonly port: number
  readonly credentials: Credentials
  /** For registries to be larger than they need. */
  readonly identities: Identities
  /** An empty folder for configuration files; removed by the harness. */
  readonly folder: string
  /** The processor to run on. */
  readonly core: number
  /** Where certhop is, bundled as it is published. */
  readonly packageFolder: string
  /** Where programs on Node leave their CPU profile; null for none. */
  readonly profileFolder: string | null
}

export interface RunningPeer {
  /** Where it listens: `http://127.0.0.1:PORT`. */
  readonly url: string
  /** PEM file of the authority that signs its leaves; null when it opens no tunnels. */
  readonly authority: string | null
  /** When that was started, as `performance.now()` tells time. */
  readonly startedAt: number
  /** Its process. What this process starts is measured with it. */
  readonly pid: number
  /** Its access log, with a line a request; null for none. */
  readonly log: string | null
  /** URL of its metrics, which count requests; null for none. */
  readonly metrics: string | null
  /** Ends it; throws when it had ended by itself before. */
  stop(): Promise<void>
}

/** Something to measure. `start` throws, with what the process said, when it does not get ready. */
export interface Peer {
  /** As it stands in tables: `nginx, access log`. */
  readonly name: string
  /** What it is a variant of: `nginx`. */
  readonly program: string
  /** True for what it is able to, otherwise why it isn't, in a few words. */
  readonly ways: Readonly<Record<Way, true | string>>
  /** Null where it is not installed: then it is skipped. */
  version(): string | null
  /** What to run to have it. */
  readonly install: string
  start(job: Job): Promise<RunningPeer>
}
