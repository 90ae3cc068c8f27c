import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** What a server reported of one request, and what was sent. */
export interface StormAnswer {
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
  /** At least this many requests are sent, and on until `during` has ended. */
  readonly requests: number
  readonly during: Promise<unknown>
  /** A clock to compare answers with: the registry's generation, for instance. */
  readonly mark?: () => number
}

/** Requests in parallel through the proxy, every third of them a POST. Resolves with every answer; rejects when one is lost. */
export async function storm({
  proxyPort,
  hosts,
  connections,
  requests,
  during,
  mark = () => 0,
}: Storm): Promise<StormAnswer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const answers: StormAnswer[] = []
  let sent = 0
  let over = false
  during.finally(() => {
    over = true
  })
  async function worker(): Promise<void> {
    while (!over || sent < requests) {
      const number = sent
      sent += 1
      const host = hosts[number % hosts.length] ?? ''
      const sentAt = mark()
      const { status, body } = await send(agent, proxyPort, host, number)
      answers.push({ host, sentAt, answeredAt: mark(), status, body })
    }
  }
  await Promise.all([during, ...Array.from({ length: connections }, worker)])
  agent.destroy()
  return answers
}

async function send(
  agent: Agent,
  port: number,
  host: string,
  number: number,
): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
  const post = number % 3 === 0
  const sending = request(
    {
      agent,
      host: '127.0.0.1',
      port,
      path: `http://${host}/${number}`,
      method: post ? 'POST' : 'GET',
      headers: { host },
    },
    response => text(response).then(body => resolve({ status: response.statusCode ?? 0, body }), reject),
  )
  sending.on('error', reject)
  sending.end(post ? `body of ${number}` : undefined)
  return promise
}
