import { type LaneWay, openLane } from './lanes.ts'

/** What a server reported of one request, and what was sent. */
export interface StormAnswer {
  readonly way: LaneWay
  readonly host: string
  /** Whatever `mark` returned just before the request was sent, and just after its answer came. */
  readonly sentAt: number
  readonly answeredAt: number
  readonly status: number
  readonly body: string
}

export interface Storm {
  readonly proxyPort: number
  /** Host names, requested in turn on every connection. */
  readonly hosts: readonly string[]
  readonly connections: number
  /** Taken in turn by the connections; all in absolute form where it is left out. */
  readonly ways?: readonly LaneWay[]
  /** PEM of the authority that certhop's leaves are signed by, for the ways that have TLS. */
  readonly authority?: string
  /** At least this many requests are sent, and on until `during` has ended. */
  readonly requests: number
  readonly during: Promise<unknown>
  /** A clock to compare answers with: the registry's generation, for instance. */
  readonly mark?: (moment: 'sent' | 'answered') => number
}

/** Requests in parallel through the proxy, every third of them a POST. Resolves with every answer; rejects when one is lost. */
export async function storm({
  proxyPort,
  hosts,
  connections,
  ways = ['absolute-form'],
  authority = '',
  requests,
  during,
  mark = () => 0,
}: Storm): Promise<StormAnswer[]> {
  const lanes = Array.from({ length: connections }, (_, index) => {
    const way = ways[index % ways.length] as LaneWay
    return { way, lane: openLane(way, proxyPort, authority) }
  })
  const answers: StormAnswer[] = []
  let sent = 0
  let over = false
  during.finally(() => {
    over = true
  })
  async function worker({ way, lane }: (typeof lanes)[number]): Promise<void> {
    while (!over || sent < requests) {
      const number = sent
      sent += 1
      const host = hosts[number % hosts.length] ?? ''
      const post = number % 3 === 0
      const request = { host, path: `/${number}`, method: post ? 'POST' : 'GET' }
      const sentAt = mark('sent')
      const { status, body } = await lane.send(post ? { ...request, body: `body of ${number}` } : request)
      answers.push({ way, host, sentAt, answeredAt: mark('answered'), status, body })
    }
  }
  const workers = lanes.flatMap(lane => Array.from({ length: lane.lane.width }, () => worker(lane)))
  try {
    await Promise.all([during, ...workers])
  } finally {
    for (const { lane } of lanes) lane.close()
  }
  return answers
}
