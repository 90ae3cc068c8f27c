import type { Signer } from '../authority/signer.ts'
import type { ClosingLimit, Handshake, Notice } from '../observe/events.ts'
import type { Distrust } from '../proxy/distrust.ts'
import type { FrontCredentials } from '../proxy/tls-front.ts'
import type { SentEntry, SnapshotUpdate } from '../registry/snapshot-update.ts'
import type { ListenAddress } from '../settings/listen.ts'
import type { Settings } from '../settings/settings.ts'

/** What a worker has from its start. */
export interface WorkerData {
  readonly settings: Settings
  readonly credentials: FrontCredentials | null
  readonly signer: Signer
  readonly connectionMemory: SharedArrayBuffer
  readonly gaugesMemory: SharedArrayBuffer
}

/** What the main thread has a worker do. Each call is answered when it is done. */
export interface Orders {
  /** At a port that other workers listen at as well; 0 takes a free one. */
  listen(port: number): Promise<ListenAddress | ListenFailure>
  addOwnAddress(address: ListenAddress): Promise<void>
  /** Some of the entries of the next `swap`, in their order. */
  addEntries(entries: readonly SentEntry[]): void
  swap(update: Pick<SnapshotUpdate, 'generation' | 'places'>): Promise<void>
  signWith(signer: Signer): void
  renew(credentials: FrontCredentials): Promise<void>
  /** Has requests told of from now on. */
  recordRequests(): void
  /** Done with the password check. */
  takeTurn(check: number): Promise<void>
  /** As `DataPlane.stop`. Whatever there was to tell has been told before the answer. */
  stop(timeout: number): Promise<number>
}

/** Node's error, of which a message between threads keeps only the text. */
export interface ListenFailure {
  readonly failed: Readonly<Record<'message' | 'code' | 'address', string> & Record<'port', number>>
}

/** What a worker tells the main thread. Nothing is answered. */
export interface News extends Pick<Distrust, 'refused' | 'left' | 'trusts'> {
  /** A JSON list of `RequestRecord`: it takes half the time that copying objects does. */
  requests(records: string): void
  notice(notice: Notice): void
  handshake(handshake: Handshake): void
  closed(limit: ClosingLimit): void
  /** A password check, by a number of the worker's, for a runner at `address`. */
  awaitTurn(check: number, address: string): void
  leaveQueue(check: number): void
}

export interface OrderMessage<Name extends keyof Orders = keyof Orders> {
  readonly call: number
  readonly name: Name
  readonly args: Parameters<Orders[Name]>
}

export interface AnswerMessage {
  readonly call: number
  readonly answer: unknown
}

export interface NewsMessage<Name extends keyof News = keyof News> {
  readonly name: Name
  readonly args: Parameters<News[Name]>
}
