import type { ServerResponse } from 'node:http'
import type { Answer } from './answer.ts'
import type { AdminContext } from './context.ts'
import { HttpProblem } from './http-problem.ts'
import type { StatusEvent } from './schemas.ts'
import { describePoint, describeReload } from './status.ts'

const MOST_READERS = 32

/** Octets that may wait for a reader before it is dropped. */
const LARGEST_BACKLOG = 1024 ** 2

/** Requests that are told at once; of more the latest, as of those that `/api/requests` lists. */
const MOST_REQUESTS = 500

const FLUSH_EVERY = 100
const STATUS_EVERY = 2000
const PING_EVERY = 15_000

/**
 * What happens, as server-sent events (HTML Standard section 9.2). Events are gathered for a tenth of a second and written
 * once for all readers; while there is no reader nothing is done.
 */
export class EventsStream {
  readonly #context: AdminContext
  readonly #readers = new Set<ServerResponse>()
  #requests: object[] = []
  #timers: NodeJS.Timeout[] = []
  #ends: (() => void)[] = []

  constructor(context: AdminContext) {
    this.#context = context
  }

  /** Throws a 503 when there are too many readers. */
  answer(): Answer {
    if (this.#readers.size >= MOST_READERS) {
      throw new HttpProblem(503, `There are ${MOST_READERS} readers of events already`)
    }
    return {
      status: 200,
      headers: { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' },
      stream: response => this.#add(response),
    }
  }

  /** Ends every reader. */
  close(): void {
    for (const reader of this.#readers) reader.end()
  }

  #add(reader: ServerResponse): void {
    this.#readers.add(reader)
    if (this.#readers.size === 1) this.#start()
    reader.on('close', () => {
      this.#readers.delete(reader)
      if (this.#readers.size === 0) this.#stop()
    })
    reader.write(format('status', this.#status()))
  }

  #start(): void {
    const { recent, events } = this.#context
    this.#ends = [
      recent.onRequest(request => {
        this.#requests.push(request)
        if (this.#requests.length >= 2 * MOST_REQUESTS) this.#requests = this.#requests.slice(-MOST_REQUESTS)
      }),
      events.onRegistry(reload => this.#write(format('registry', describeReload(reload)))),
    ]
    this.#timers = [
      setInterval(() => this.#flush(), FLUSH_EVERY),
      setInterval(() => this.#write(format('status', this.#status())), STATUS_EVERY),
      setInterval(() => this.#write(': still here\n\n'), PING_EVERY),
    ]
  }

  #stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    for (const end of this.#ends) end()
    this.#timers = []
    this.#ends = []
    this.#requests = []
  }

  #flush(): void {
    if (this.#requests.length === 0) return
    const told = this.#requests.slice(-MOST_REQUESTS)
    this.#requests = []
    this.#write(told.map(request => format('request', request)).join(''))
  }

  #status(): StatusEvent {
    const { connections, activity } = this.#context
    const point = activity.series().at(-1)
    return { connections: connections(), point: point === undefined ? null : describePoint(point) }
  }

  /** One that does not read is dropped: what would wait for it has no bound. */
  #write(text: string): void {
    for (const reader of this.#readers) {
      if (reader.writableLength > LARGEST_BACKLOG) reader.destroy()
      else reader.write(text)
    }
  }
}

function format(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
