import type { Events, RequestRecord } from './events.ts'
import { type ShownRecord, showRecord } from './shown-record.ts'
import { Topic } from './topic.ts'

const KEPT = 500

/** A request as the admin plane shows it. */
export interface RecentRequest extends ShownRecord {
  /** ISO 8601. */
  readonly startedAt: string
}

/** The latest requests. Nothing is made of them until somebody looks. */
export class RecentRequests {
  /** A ring: `#oldest` is the place of the oldest once it is full. */
  readonly #records: RequestRecord[] = []
  #oldest = 0
  readonly #shown = new Topic<RecentRequest>()
  readonly #options: { readonly query: boolean }

  /** `query` as for `showRecord`. */
  constructor(events: Events, options: { readonly query: boolean }) {
    this.#options = options
    events.onRequest(record => this.#keep(record))
  }

  /** At most 500, the newest first. */
  latest(): RecentRequest[] {
    const inOrder = [...this.#records.slice(this.#oldest), ...this.#records.slice(0, this.#oldest)]
    return inOrder.reverse().map(record => this.#show(record))
  }

  /** Every request from now on, when it has ended. Returns the function that ends it. */
  onRequest(listener: (request: RecentRequest) => void): () => void {
    return this.#shown.listen(listener)
  }

  #keep(record: RequestRecord): void {
    if (this.#records.length < KEPT) this.#records.push(record)
    else {
      this.#records[this.#oldest] = record
      this.#oldest = (this.#oldest + 1) % KEPT
    }
    if (this.#shown.isHeard) this.#shown.tell(this.#show(record))
  }

  #show(record: RequestRecord): RecentRequest {
    const startedAt = new Date(record.endedAt - record.totalMs).toISOString()
    return { ...showRecord(record, this.#options), startedAt }
  }
}
