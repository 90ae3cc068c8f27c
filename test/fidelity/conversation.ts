import type { RawConnection } from '../support/raw-connection.ts'
import type { RawServer } from '../support/servers.ts'
import type { Exchange, Part, Side } from './exchange.ts'

/** A part as it arrived at the other side. For an end: what came in front of it, which was not a part. */
export type Heard = Pick<Part, 'by' | 'kind' | 'text'>

/** Long enough for any machine; whoever holds a part back holds it back for ever. */
const PATIENCE = 10_000

/** Has the two sides say their parts, and resolves with what each heard of the other. Rejects when a part does not arrive. */
export async function converse(
  exchange: Exchange,
  runner: RawConnection,
  server: RawServer,
): Promise<Heard[]> {
  const ends: Partial<Record<Side, RawConnection>> = { runner }
  const heard: Heard[] = []
  try {
    for (const [index, part] of exchange.parts.entries()) {
      if (part.sent !== 'together')
        await say(ends[part.by] as RawConnection, part, exchange.parts.slice(index + 1))
      const hearing = part.by === 'server' ? Promise.resolve(runner) : peerOf(ends, server)
      const text = await inTime(
        hearing.then(listener => hear(listener, part)),
        () => describe(exchange, part, ends),
      )
      heard.push({ by: part.by, kind: part.kind, text })
    }
    for (const [by, text] of await inTime(hangUp(ends), () => `${exchange.name}: a connection did not end`)) {
      heard.push({ by, kind: 'end', text })
    }
    return heard
  } finally {
    for (const connection of Object.values(ends)) connection.close()
  }
}

async function peerOf(ends: Partial<Record<Side, RawConnection>>, server: RawServer): Promise<RawConnection> {
  ends.server ??= await server.accept()
  return ends.server
}

async function say(connection: RawConnection, part: Part, next: readonly Part[]): Promise<void> {
  if (part.kind === 'end') connection.end()
  else if (part.sent === 'trickled') {
    for (const octet of part.text) {
      connection.send(octet)
      await new Promise(setImmediate)
    }
  } else connection.send(part.text + textTogether(part.by, next))
}

/** Of the parts of `by` that go out with the one before. */
function textTogether(by: Side, next: readonly Part[]): string {
  const own = next.filter(part => part.by === by)
  const end = own.findIndex(part => part.sent !== 'together')
  return (end === -1 ? own : own.slice(0, end)).map(part => part.text).join('')
}

function hear(connection: RawConnection, part: Part): Promise<string> {
  switch (part.kind) {
    case 'head':
      return connection.head()
    case 'octets':
      return connection.bytes(part.text.length)
    case 'end':
      return connection.untilEnd()
  }
}

/** Both sides end their connections, and hear what nobody waited for. */
function hangUp(ends: Partial<Record<Side, RawConnection>>): Promise<[Side, string][]> {
  const connections = Object.entries(ends) as [Side, RawConnection][]
  for (const [, connection] of connections) connection.end()
  return Promise.all(
    connections.map(async ([side, connection]): Promise<[Side, string]> => {
      return [side === 'runner' ? 'server' : 'runner', await connection.untilEnd()]
    }),
  )
}

function describe(exchange: Exchange, part: Part, ends: Partial<Record<Side, RawConnection>>): string {
  const number = exchange.parts.indexOf(part) + 1
  const got = (['runner', 'server'] as const).map(
    side => `the ${side} has got ${JSON.stringify(ends[side]?.received.slice(0, 1000) ?? '')}`,
  )
  return `${exchange.name}: part ${number}, ${part.kind} of the ${part.by}, did not arrive; ${got.join(', ')}`
}

async function inTime<T>(promise: Promise<T>, failure: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(failure())), PATIENCE)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
