import type { Authority } from '../authority/authority.ts'
import type { DataPlane, Surroundings } from '../data-plane.ts'
import type { RequestRecord } from '../observe/events.ts'
import type { Gauges } from '../observe/gauges.ts'
import { SharedGauges } from '../observe/shared-gauges.ts'
import { ConnectionLimit } from '../proxy/connection-limit.ts'
import { PasswordChecks } from '../proxy/password-checks.ts'
import type { FrontCredentials } from '../proxy/tls-front.ts'
import { Snapshot } from '../registry/snapshot.ts'
import type { SnapshotUpdate } from '../registry/snapshot-update.ts'
import type { Swap } from '../registry/swap.ts'
import { updateBetween } from '../registry/update-between.ts'
import type { ListenAddress } from '../settings/listen.ts'
import type { Settings } from '../settings/settings.ts'
import { checkAddress } from './check-address.ts'
import { listenError } from './listen-error.ts'
import type { News } from './messages.ts'
import { passwordNews } from './password-turns.ts'
import { WorkerThread } from './worker-thread.ts'

/** Entries that are sent at once: receiving many would hold the event loop of a worker. */
const BATCH = 250

interface WorkersOptions extends Pick<Surroundings, 'credentials' | 'distrust' | 'events'> {
  /** At least 1. */
  readonly count: number
  readonly authority: Pick<Authority, 'signer' | 'onRotation'>
}

/**
 * The data plane in several threads, each with a listener of its own at one port: the kernel deals out connections, and
 * whichever thread gets one carries all of its requests.
 *
 * ```
 *                    ┌─ worker ─ listener … pool ─┐
 *  runners ── port ──┤                            ├── servers
 *                    └─ worker ─ listener … pool ─┘
 *                         ▲             │ records, notices, handshakes
 *      snapshots, signers │             ▼
 *                       main: registry, authority, admin plane, log
 * ```
 */
export class Workers implements DataPlane {
  readonly #settings: Settings
  readonly #threads: readonly WorkerThread[]
  readonly #gauges: readonly SharedGauges[]
  /** What all threads have, or are being sent. */
  #sent: Snapshot = new Snapshot(0, [])
  #swapped: Promise<void> = Promise.resolve()

  constructor(settings: Settings, { count, authority, credentials, distrust, events }: WorkersOptions) {
    this.#settings = settings
    const news: Omit<News, 'awaitTurn' | 'leaveQueue'> = {
      requests(records) {
        for (const record of JSON.parse(records) as RequestRecord[]) events.request(record)
      },
      notice: ({ level, message, fields }) => events.notice(level, message, fields),
      handshake: handshake => events.handshake(handshake),
      closed: limit => events.closed(limit),
      refused: (...args) => distrust.refused(...args),
      left: (...args) => distrust.left(...args),
      trusts: (...args) => distrust.trusts(...args),
    }
    const { signer } = authority
    const connectionMemory = ConnectionLimit.memory()
    const gaugesMemories = Array.from({ length: count }, () => SharedGauges.memory())
    this.#gauges = gaugesMemories.map(memory => new SharedGauges(memory))
    const passwordChecks = new PasswordChecks()
    this.#threads = gaugesMemories.map(gaugesMemory => {
      const data = { settings, credentials, signer, connectionMemory, gaugesMemory }
      const thread: WorkerThread = new WorkerThread(data, {
        ...news,
        ...passwordNews(passwordChecks, check => thread.call('takeTurn', check)),
      })
      return thread
    })
    authority.onRotation(signer => this.#all(thread => thread.call('signWith', signer)))
    void events.recorded.then(() => this.#all(thread => thread.call('recordRequests')))
  }

  async listen(): Promise<ListenAddress> {
    const { host, port, reusePort } = this.#settings.listen
    if (!reusePort) await checkAddress(host, port)
    const [first, ...others] = this.#threads as [WorkerThread, ...WorkerThread[]]
    const address = await listenWith(first, port)
    await Promise.all(others.map(thread => listenWith(thread, address.port)))
    return address
  }

  async addOwnAddress(address: ListenAddress): Promise<void> {
    await this.#all(thread => thread.call('addOwnAddress', address))
  }

  /** One after the other. Done when every worker has it in force. */
  swap({ snapshot }: Pick<Swap, 'snapshot'>): Promise<void> {
    this.#swapped = this.#swapped.then(async () => {
      const update = updateBetween(this.#sent, snapshot)
      this.#sent = snapshot
      await this.#all(thread => send(thread, update))
    })
    return this.#swapped
  }

  async renew(credentials: FrontCredentials): Promise<void> {
    await this.#all(thread => thread.call('renew', credentials))
  }

  /** Of all workers together, a tenth of a second old. */
  gauges(): Gauges {
    return this.#gauges.map(gauges => gauges.read()).reduce(add)
  }

  async stop(timeout: number): Promise<number> {
    const cut = await this.#all(thread => thread.call('stop', timeout))
    return cut.reduce((sum, each) => sum + each)
  }

  async close(): Promise<void> {
    await this.#all(thread => thread.end())
  }

  #all<Result>(task: (thread: WorkerThread) => Promise<Result>): Promise<Result[]> {
    return Promise.all(this.#threads.map(task))
  }
}

async function listenWith(thread: WorkerThread, port: number): Promise<ListenAddress> {
  const address = await thread.call('listen', port)
  if ('failed' in address) throw listenError(address)
  return address
}

async function send(thread: WorkerThread, { entries, ...update }: SnapshotUpdate): Promise<void> {
  for (let start = 0; start < entries.length; start += BATCH) {
    await thread.call('addEntries', entries.slice(start, start + BATCH))
  }
  await thread.call('swap', update)
}

function add(a: Gauges, b: Gauges): Gauges {
  return {
    clientConnections: a.clientConnections + b.clientConnections,
    tunnels: a.tunnels + b.tunnels,
    upstreamConnections: {
      active: a.upstreamConnections.active + b.upstreamConnections.active,
      idle: a.upstreamConnections.idle + b.upstreamConnections.idle,
    },
  }
}
