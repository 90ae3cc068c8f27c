import type { Events, RequestRecord } from './events.ts'

/** How many certificates, or kinds of failure, are named; the rest is counted. */
const NAMED = 8

/** Counts the requests of `events` from now on. */
export class RequestSummary {
  readonly #sent = new Map<string, number>()
  readonly #failed = new Map<string, number>()
  #tunnels = 0

  constructor(events: Events) {
    events.onRequest(record => this.#count(record))
  }

  /**
   * What went out, with which certificate, and what failed: `12 requests: 9 with payments-2026, 2 without a certificate;
   * 1 failed: passphrase_wrong (payments-2026); 3 blind tunnels`. A request is counted once: what failed is not under
   * what was sent. Null when there was nothing.
   */
  describe(): string | null {
    const failed = total(this.#failed)
    const requests = total(this.#sent) + failed
    const parts: string[] = []
    if (this.#sent.size > 0) parts.push(list(this.#sent))
    if (failed > 0)
      parts.push(`${failed} failed: ${this.#failed.size === 1 ? only(this.#failed) : list(this.#failed)}`)
    const summary: string[] = []
    if (requests > 0) summary.push(`${counted(requests, 'request')}: ${parts.join('; ')}`)
    if (this.#tunnels > 0) summary.push(counted(this.#tunnels, 'blind tunnel'))
    return summary.length === 0 ? null : summary.join('; ')
  }

  #count({ way, host, certificate, error }: RequestRecord): void {
    if (error !== null) {
      const concerned = certificate ?? host
      increment(this.#failed, concerned === null ? error : `${error} (${concerned})`)
    } else if (certificate !== null) increment(this.#sent, `with ${certificate}`)
    else if (way === 'tunnel') this.#tunnels += 1
    else increment(this.#sent, 'without a certificate')
  }
}

function increment(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

/** The most frequent first. */
function list(counts: ReadonlyMap<string, number>): string {
  const kinds = [...counts].sort(([, a], [, b]) => b - a)
  const named = kinds.slice(0, NAMED).map(([kind, count]) => `${count} ${kind}`)
  const others = kinds.slice(NAMED).reduce((sum, [, count]) => sum + count, 0)
  return [...named, ...(others > 0 ? [`${others} others`] : [])].join(', ')
}

function only(counts: ReadonlyMap<string, number>): string {
  return [...counts.keys()].join()
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
