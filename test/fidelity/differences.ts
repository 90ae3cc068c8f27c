import type { Heard } from './conversation.ts'
import { HOST } from './exchange.ts'
import type { WayName } from './ways.ts'

/** What certhop makes of a head that went another way without it, with the reason why that is meant. */
interface Difference {
  readonly name: string
  readonly reason: string
  readonly of: 'runner' | 'server'
  /** The ways on which it is made; all without it. */
  readonly ways?: readonly WayName[]
  readonly expected: (head: string) => string
}

const ABSOLUTE: readonly WayName[] = ['absolute-form http://', 'absolute-form https://']

/** All differences that are tolerated, besides those of `withoutHopByHop`. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'an empty line in front of a request goes',
    reason: 'RFC 9112 section 2.2: servers ignore it; it is no part of a message',
    of: 'runner',
    expected: head => head.replace(/^(?:\r\n)+/, ''),
  },
  {
    name: 'an HTTP/1.0 request becomes HTTP/1.1',
    reason: 'RFC 9110 section 2.5: an intermediary sends its own version',
    of: 'runner',
    expected: head => head.replace(/ HTTP\/1\.0\r\n/, ' HTTP/1.1\r\n'),
  },
  {
    name: 'a request without Host gets one',
    reason: 'RFC 9112 section 3.2: in HTTP/1.1, which it becomes, there has to be one',
    of: 'runner',
    expected: head => (/^Host:/im.test(head) ? head : head.replace('\r\n', `\r\nHost: ${HOST}\r\n`)),
  },
  {
    name: 'Host is that of the target',
    reason: 'RFC 9112 section 3.2.2: a proxy ignores the Host of a request in absolute-form',
    of: 'runner',
    ways: ABSOLUTE,
    expected: head => head.replace(/^(Host):.*$/im, `$1: ${HOST}`),
  },
  {
    name: 'HTTP/2 in clear text is not offered to the server',
    reason: 'RFC 9113 section 3.1: there is no h2c within TLS',
    of: 'runner',
    expected: head => head.replace(/^Upgrade: h2c\r\n/im, ''),
  },
  {
    name: 'an HTTP/1.0 response becomes HTTP/1.1',
    reason: 'RFC 9110 section 2.5: an intermediary sends its own version',
    of: 'server',
    expected: head => head.replace(/^HTTP\/1\.0 /, 'HTTP/1.1 '),
  },
  ...(['runner', 'server'] as const).map(of => ({
    name: `framing is written in one way (${of === 'runner' ? 'requests' : 'responses'})`,
    reason: 'capitals, tabs and leading zeros are read differently by different recipients',
    of,
    expected: (head: string) =>
      head
        .replace(/^(Transfer-Encoding):[ \t]*chunked[ \t]*$/im, '$1: chunked')
        .replace(/^(Content-Length):[ \t]*0*(\d+)[ \t]*$/im, '$1: $2'),
  })),
]

/** What certhop is to make of what went without it; the names of the differences that this took are added to `met`. */
export function expectedOf(part: Heard, way: WayName, met: Set<string>): Heard {
  if (part.kind !== 'head') return part
  let text = part.text
  for (const difference of DIFFERENCES) {
    if (difference.of !== part.by || !(difference.ways?.includes(way) ?? true)) continue
    const changed = difference.expected(text)
    if (changed !== text) met.add(difference.name)
    text = changed
  }
  return { ...part, text }
}

const HOP_BY_HOP = ['keep-alive', 'proxy-connection', 'te', 'proxy-authenticate', 'proxy-authorization']

/**
 * Without the fields that are meant for the next hop alone (RFC 9110 sections 7.6.1 and 11.7): Connection, those that it
 * names, and those that are so by definition. Transfer-Encoding stays, for it has to arrive; so does an Upgrade that
 * Connection names.
 */
export function withoutHopByHop(part: Heard): Heard {
  if (part.kind !== 'head') return part
  const lines = part.text.split('\r\n')
  const nominated = lines.flatMap(
    line => /^connection:(.*)$/i.exec(line)?.[1]?.toLowerCase().split(',') ?? [],
  )
  const dropped = new Set([...HOP_BY_HOP, 'connection', 'upgrade', ...nominated.map(name => name.trim())])
  if (nominated.some(name => name.trim() === 'upgrade')) dropped.delete('upgrade')
  const kept = lines.filter(
    (line, index) => index === 0 || !dropped.has(line.split(':', 1)[0]?.toLowerCase() ?? ''),
  )
  return { ...part, text: kept.join('\r\n') }
}
