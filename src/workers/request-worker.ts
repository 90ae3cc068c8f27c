import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Leaves } from '../authority/leaves.ts'
import { LocalDataPlane } from '../data-plane.ts'
import { Batches } from '../observe/batches.ts'
import { Events, type RequestRecord } from '../observe/events.ts'
import { SharedGauges } from '../observe/shared-gauges.ts'
import { ReceivedRegistry } from '../registry/received-registry.ts'
import type {
  AnswerMessage,
  ListenFailure,
  News,
  NewsMessage,
  OrderMessage,
  Orders,
  WorkerData,
} from './messages.ts'
import { PasswordTurns } from './password-turns.ts'

/** How long a record may wait to be told of, in milliseconds, and how many are told of at once. */
const RECORDS = { wait: 50, size: 100 }

/** Milliseconds between two looks at the gauges. */
const GAUGES_EVERY = 100

const main = parentPort as MessagePort
const { settings, credentials, signer, connectionMemory, gaugesMemory } = workerData as WorkerData

function tell<Name extends keyof News>(name: Name, ...args: Parameters<News[Name]>): void {
  const message: NewsMessage<Name> = { name, args }
  main.postMessage(message)
}

const events = new Events()
const records = new Batches<RequestRecord>(RECORDS, batch => tell('requests', JSON.stringify(batch)))
events.onHandshake(handshake => tell('handshake', handshake))
events.onClosed(limit => tell('closed', limit))
events.onNotice(notice => {
  // What came before is told before.
  records.flush()
  tell('notice', notice)
})

const registry = new ReceivedRegistry()
const passwordChecks = new PasswordTurns({
  awaitTurn: (...args) => tell('awaitTurn', ...args),
  leaveQueue: (...args) => tell('leaveQueue', ...args),
})
let leaves = new Leaves(signer)
const dataPlane = new LocalDataPlane(settings, {
  registry,
  events,
  credentials,
  connectionMemory,
  passwordChecks,
  authority: { contextFor: host => leaves.contextFor(host) },
  // Known in one place: a runner's connections come to all workers.
  distrust: {
    refused: (...args) => tell('refused', ...args),
    left: (...args) => tell('left', ...args),
    trusts: (...args) => tell('trusts', ...args),
  },
})
const gauges = new SharedGauges(gaugesMemory)
setInterval(() => gauges.write(dataPlane.gauges()), GAUGES_EVERY).unref()

const orders: Orders = {
  listen: port => dataPlane.listenBeside(port).catch(failure),
  addOwnAddress: address => dataPlane.addOwnAddress(address),
  addEntries: entries => registry.add(entries),
  swap: async update => dataPlane.swap({ retired: await registry.swap(update) }),
  signWith(signer) {
    leaves = new Leaves(signer)
  },
  renew: credentials => dataPlane.renew(credentials),
  recordRequests() {
    events.onRequest(record => records.add(record))
  },
  takeTurn: check => passwordChecks.take(check),
  async stop(timeout) {
    const cut = await dataPlane.stop(timeout)
    records.flush()
    return cut
  },
}

main.on('message', async ({ call, name, args }: OrderMessage) => {
  const carryOut = orders[name] as (...args: unknown[]) => unknown
  const message: AnswerMessage = { call, answer: await carryOut(...args) }
  main.postMessage(message)
})

function failure(error: NodeJS.ErrnoException & { address?: string; port?: number }): ListenFailure {
  const { message, code = '', address = '', port = 0 } = error
  return { failed: { message, code, address, port } }
}
