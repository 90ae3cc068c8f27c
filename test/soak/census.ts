/**
 * Loaded into a certhop process before its first line, by NODE_OPTIONS, beside the probe: counts what is alive. Each of a kind
 * holds memory outside the heap, which V8 knows little of, so one that is left behind hardly shows in the size of the heap.
 */
import { Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { queryObjects } from 'node:v8'
import { Identity } from '../../src/identity/identity.ts'
import { ClientConnection } from '../../src/proxy/client-connection.ts'
import { Tunnel } from '../../src/proxy/tunnel.ts'
import { Snapshot } from '../../src/registry/snapshot.ts'
import { UpstreamConnection } from '../../src/upstream/connection.ts'
import { Origin } from '../../src/upstream/origin.ts'

/** How many of each kind are alive after a collection. */
export type Census = Readonly<Record<string, number>>

/** The part of a context that holds keys, certificates and sessions; Node names it nowhere. */
const TlsContext = createSecureContext({ ca: [] }).context.constructor

const KINDS = {
  ...{ Socket, TlsContext, ArrayBuffer, Promise },
  ...{ ClientConnection, Identity, Origin, Snapshot, Tunnel, UpstreamConnection },
}

process.on('message', question => {
  if (question !== 'who is alive?') return
  const alive = (kind: unknown) => queryObjects(kind as typeof Socket, { format: 'count' })
  const census: Census = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, alive(kind)]))
  process.send?.(census)
})
