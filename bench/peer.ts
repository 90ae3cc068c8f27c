import type { Credentials } from './credentials.ts'
import type { Way } from './scenario.ts'

/** The one job that everything measured is configured for: carry requests to this server under this identity. */
export interface Job {
  /** The server's name, for the request, SNI and the check of its certificate. It listens on 127.0.0.1. */
  readonly host: string
  readonly port: number
  readonly credentials: Credentials
  /** An empty folder for configuration files; removed by the harness. */
  readonly folder: string
  /** The processor to run on. */
  readonly core: number
}

export interface RunningPeer {
  /** Where it listens: `http://127.0.0.1:PORT`. */
  readonly url: string
  /** PEM file of the authority that signs its leaves; null when it opens no tunnels. */
  readonly authority: string | null
  /** Its process. What this process starts is measured with it. */
  readonly pid: number
  /** Ends it; throws when it had ended by itself before. */
  stop(): Promise<void>
}

/** Something to measure. `start` throws, with what the process said, when it does not get ready. */
export interface Peer {
  readonly name: string
  /** It takes part in the scenarios of these ways. */
  readonly ways: readonly Way[]
  /** Null where it is not installed: then it is skipped. */
  version(): string | null
  start(job: Job): Promise<RunningPeer>
}
