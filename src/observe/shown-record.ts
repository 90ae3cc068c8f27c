import type { RequestRecord } from './events.ts'

/** A request as the access log shows it: milliseconds to microseconds, and a path without what could be a secret. */
export type ShownRecord = Omit<RequestRecord, 'endedAt'>

/** `query` shows query values; they are masked otherwise. */
export function showRecord(record: RequestRecord, { query }: { readonly query: boolean }): ShownRecord {
  return {
    requestId: record.requestId,
    way: record.way,
    method: record.method,
    host: record.host,
    port: record.port,
    path: query ? record.path : maskQuery(record.path),
    status: record.status,
    certificate: record.certificate,
    rule: record.rule,
    generation: record.generation,
    reused: record.reused,
    resumed: record.resumed,
    bytesIn: record.bytesIn,
    bytesOut: record.bytesOut,
    dnsMs: rounded(record.dnsMs),
    connectMs: rounded(record.connectMs),
    tlsMs: rounded(record.tlsMs),
    firstByteMs: rounded(record.firstByteMs),
    totalMs: rounded(record.totalMs),
    error: record.error,
  }
}

/** To microseconds. */
function rounded<T extends number | null>(milliseconds: T): T {
  return (milliseconds === null ? null : Math.round(milliseconds * 1000) / 1000) as T
}

/** Query values may be tokens: names stay, values go, and so does what could be either. */
function maskQuery(path: string | null): string | null {
  const start = path?.indexOf('?') ?? -1
  if (path === null || start === -1) return path
  const members = path.slice(start + 1).split('&')
  return `${path.slice(0, start)}?${members.map(maskMember).join('&')}`
}

function maskMember(member: string): string {
  const equals = member.indexOf('=')
  return equals === -1 ? '***' : `${member.slice(0, equals)}=***`
}
