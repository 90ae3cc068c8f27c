import type { ShownRecord } from '../../../src/admin/schemas.ts'

export type PhaseName = 'dns' | 'connect' | 'tls' | 'waiting' | 'body' | 'open'

/** A part of a request's time; `startMs` counts from the moment at which its head was complete, and is negative before it. */
export interface Phase {
  readonly name: PhaseName
  readonly startMs: number
  readonly ms: number
}

/**
 * How the request came to its connection: one that had served before, one that was dialled for it, one that was dialled
 * when its tunnel was opened, or none at all.
 */
export type ConnectionStory = 'reused' | 'dialled' | 'dialled before' | 'none'

export interface Waterfall {
  readonly connection: ConnectionStory
  /** In the order of time, each beginning where the one before it ends. */
  readonly phases: readonly Phase[]
  /** Where the first phase begins: 0 or less. */
  readonly startMs: number
  readonly endMs: number
}

/** Lays out what is known of a request's timing. */
export function waterfall(request: ShownRecord): Waterfall {
  const { totalMs, firstByteMs } = request
  const dialled = dialPhases(request)
  const dialMs = dialled.reduce((sum, { ms }) => sum + ms, 0)
  const startMs = 0 - earlyMs(request, dialMs)
  const phases = inSequence(dialled, startMs)
  const sentAt = startMs + dialMs
  const rest: Omit<Phase, 'startMs'>[] = []
  if (isTunnel(request)) rest.push({ name: 'open', ms: totalMs - sentAt })
  else {
    const answeredAt = Math.max(sentAt, firstByteMs ?? totalMs)
    rest.push({ name: 'waiting', ms: answeredAt - sentAt })
    if (firstByteMs !== null)
      rest.push({ name: request.status === 101 ? 'open' : 'body', ms: totalMs - answeredAt })
  }
  return {
    connection: connectionOf(request, dialled, startMs),
    phases: [...phases, ...inSequence(rest, sentAt)],
    startMs,
    endMs: Math.max(totalMs, sentAt),
  }
}

function dialPhases({ dnsMs, connectMs, tlsMs }: ShownRecord): Omit<Phase, 'startMs'>[] {
  const phases = [
    { name: 'dns', ms: dnsMs },
    { name: 'connect', ms: connectMs },
    { name: 'tls', ms: tlsMs },
  ] as const
  return phases.flatMap(({ name, ms }) => (ms === null ? [] : [{ name, ms }]))
}

/**
 * How much of the dialling was over before the request began. Inside a tunnel that is all of it, because the server is
 * dialled when the tunnel is opened; for HTTP/2, whose record is the tunnel's own from its ClientHello on, all but the
 * handshake. What took longer than the first byte was dialled before it, whatever the way.
 */
function earlyMs(request: ShownRecord, dialMs: number): number {
  const { way, firstByteMs, totalMs, tlsMs } = request
  if (way === 'connect-h2') return dialMs - (tlsMs ?? 0)
  if (way === 'connect-h1') return dialMs
  return dialMs > (firstByteMs ?? totalMs) ? dialMs : 0
}

function isTunnel({ way, error }: ShownRecord): boolean {
  return error === null && (way === 'tunnel' || way === 'connect-h2')
}

function connectionOf(
  { reused }: ShownRecord,
  dialled: readonly unknown[],
  startMs: number,
): ConnectionStory {
  if (reused) return 'reused'
  if (dialled.length === 0) return 'none'
  return startMs < 0 ? 'dialled before' : 'dialled'
}

function inSequence(phases: readonly Omit<Phase, 'startMs'>[], from: number): Phase[] {
  let startMs = from
  return phases.map(({ name, ms }) => {
    const phase = { name, startMs, ms: Math.max(0, ms) }
    startMs += phase.ms
    return phase
  })
}
