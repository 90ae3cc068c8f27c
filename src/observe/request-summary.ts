import type { Events, RequestRecord } from './events.ts'

/** How many certificates, or kinds of failure, are named; the rest is counted. */
const NAMED = 8

/** Counts the requests of `events` from now on. */
export class RequestSummary {
  readonly #requests = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly #http2 = new Map<string, number>()
  #tunnels = 0

  constructor(events: Events) {
    events.onRequest(record => this.#count(record))
  }

  /**
   * What went out, with which certificate, and what failed: `12 requests: 9 with payments-2026, 2 without a certificate;
   * 1 failed: passphrase_wrong (payments-2026); 1 HTTP/2 connection: 1 with orders; 3 blind tunnels`. Each is counted
   * once: what failed is not under what went out. Null when there was nothing.
   */
  describe(): string | null {
    const failed = total(this.#failures)
    const requests = total(this.#requests) + failed
    const parts: string[] = []
    if (this.#requests.size > 0) parts.push(list(this.#requests))
    if (failed > 0) parts.push(`${failed} failed: ${listFailures(this.#failures)}`)
    const summary: string[] = []
    if (requests > 0) summary.push(`${counted(requests, 'request')}: ${parts.join('; ')}`)
    if (this.#http2.size > 0) {
      summary.push(`${counted(total(this.#http2), 'HTTP/2 connection')}: ${list(this.#http2)}`)
    }
    if (this.#tunnels > 0) summary.push(counted(this.#tunnels, 'blind tunnel'))
    return summary.length === 0 ? null : summary.join('; ')
  }

  #count({ way, host, certificate, error }: RequestRecord): void {
    const went = certificate === null ? 'without a certificate' : `with ${certificate}`
    if (error !== null) {
      const concerned = certificate ?? host
      increment(this.#failures, concerned === null ? error : `${error} (${concerned})`)
    } else if (way === 'tunnel') this.#tunnels += 1
    else increment(way === 'connect-h2' ? this.#http2 : this.#requests, went)
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

function listFailures(counts: ReadonlyMap<string, number>): string {
  return counts.size === 1 ? [...counts.keys()].join() : list(counts)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
