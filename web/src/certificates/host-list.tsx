import type { Certificate } from '../../../src/admin/schemas.ts'

/** The patterns of an entry, and whom and what they are limited to. */
export function HostList({ hosts, port, groups }: Pick<Certificate, 'hosts' | 'port' | 'groups'>) {
  return (
    <>
      {hosts.map(host => (
        <div class="mono host" key={host}>
          {host}
        </div>
      ))}
      {(port !== null || groups.length > 0) && (
        <div class="limits">
          {port !== null && <span class="badge">Port {port}</span>}
          {groups.map(group => (
            <span class="badge" key={group}>
              Group {group}
            </span>
          ))}
        </div>
      )}
    </>
  )
}
