import { HourCount, PARTS } from './hour-count.ts'

const PART_MS = 3_600_000 / PARTS

/** Hosts that are counted by name, over all certificates: a scan must not fill the memory. */
const NAMED_HOSTS = 10_000

interface CertificateCounts {
  readonly requests: HourCount
  readonly hosts: Map<string, HourCount>
}

/** The requests of the last hour by certificate and host. Times are milliseconds since 1970. */
export class RequestCounts {
  readonly #certificates = new Map<string | null, CertificateCounts>()
  #hosts = 0
  /** Parts of an hour since 1970. */
  #part = 0

  add(certificate: string | null, host: string | null, now: number): void {
    this.#advance(now)
    const part = this.#part % PARTS
    let counts = this.#certificates.get(certificate)
    if (counts === undefined) {
      counts = { requests: new HourCount(), hosts: new Map() }
      this.#certificates.set(certificate, counts)
    }
    counts.requests.add(part)
    if (host !== null) (counts.hosts.get(host) ?? this.#name(counts, host))?.add(part)
  }

  requests(certificate: string | null, now: number): number {
    this.#advance(now)
    return this.#certificates.get(certificate)?.requests.total ?? 0
  }

  /** The most requested first. */
  hosts(certificate: string | null, now: number): { host: string; requests: number }[] {
    this.#advance(now)
    const hosts = [...(this.#certificates.get(certificate)?.hosts ?? [])]
    return mostRequestedFirst(hosts.map(([host, { total }]) => [host, total]))
  }

  /** Of all certificates and none, the most requested first. */
  allHosts(now: number): { host: string; requests: number }[] {
    this.#advance(now)
    const totals = new Map<string, number>()
    for (const { hosts } of this.#certificates.values()) {
      for (const [host, { total }] of hosts) totals.set(host, (totals.get(host) ?? 0) + total)
    }
    return mostRequestedFirst(totals)
  }

  #name({ hosts }: CertificateCounts, host: string): HourCount | null {
    if (this.#hosts >= NAMED_HOSTS) return null
    this.#hosts += 1
    const count = new HourCount()
    // A copy: the host is a part of the request's head, and would keep all of it in memory.
    hosts.set(Buffer.from(host).toString(), count)
    return count
  }

  /** Requests are told of in order but for some milliseconds. A clock that was set back leaves too much in the counts, for an hour. */
  #advance(now: number): void {
    const part = Math.floor(now / PART_MS)
    if (part === this.#part || part === this.#part - 1) return
    const begun = Math.min(part - this.#part, PARTS)
    for (let i = 0; i < begun; i += 1) this.#clear((part - i) % PARTS)
    this.#part = part
  }

  #clear(part: number): void {
    for (const [certificate, { requests, hosts }] of this.#certificates) {
      requests.clear(part)
      for (const [host, count] of hosts) {
        count.clear(part)
        if (count.total > 0) continue
        hosts.delete(host)
        this.#hosts -= 1
      }
      if (requests.total === 0) this.#certificates.delete(certificate)
    }
  }
}

function mostRequestedFirst(totals: Iterable<[string, number]>): { host: string; requests: number }[] {
  const hosts = Array.from(totals, ([host, requests]) => ({ host, requests }))
  return hosts.sort((a, b) => b.requests - a.requests)
}
