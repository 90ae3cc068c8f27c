import type { Requests, ShownRecord } from '../../../src/admin/schemas.ts'
import { useAnswer } from '../parts/use-answer.ts'
import { hashOf } from '../route.ts'

const MOST = 12

/** Hosts that were asked for of late: likely what somebody has a question about. */
export function RecentHosts() {
  const { answer } = useAnswer<Requests>('/api/requests')
  const { data } = answer.value
  if (data === null) return null
  const hosts = recentHosts(data.requests)
  return (
    <section class="card recent">
      <h2>Asked for recently</h2>
      {hosts.length === 0 ? (
        <p class="quiet">Hosts that runners ask for through the proxy appear here.</p>
      ) : (
        <ul>
          {hosts.map(({ target, certificate }) => (
            <li key={target}>
              <a class="mono break" href={hashOf('explain', { target })}>
                {target}
              </a>
              <span class="small quiet break">{certificate ?? 'no certificate'}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

interface RecentHost {
  /** As a target: with its scheme, and its port unless it is the scheme's own. */
  readonly target: string
  readonly certificate: string | null
}

/** `requests` are newest first; each host is there once. */
function recentHosts(requests: readonly ShownRecord[]): RecentHost[] {
  const found = new Map<string, RecentHost>()
  for (const { host, port, way, certificate } of requests) {
    if (host === null || port === null) continue
    const target = targetOf(way === 'absolute-http' ? 'http' : 'https', host, port)
    if (!found.has(target)) found.set(target, { target, certificate })
    if (found.size === MOST) break
  }
  return [...found.values()]
}

function targetOf(scheme: 'http' | 'https', host: string, port: number): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === { http: 80, https: 443 }[scheme] ? `${scheme}://${name}` : `${scheme}://${name}:${port}`
}
