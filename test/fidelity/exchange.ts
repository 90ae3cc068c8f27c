export type Side = 'runner' | 'server'

/** A piece of what one side says. All text is latin1. */
export interface Part {
  readonly by: Side
  /** A head, with its empty line; octets of a body or of what followed an upgrade; or the orderly end of the side. */
  readonly kind: 'head' | 'octets' | 'end'
  readonly text: string
  /**
   * `whole`: once the part before it has arrived. `together`: in one packet with what its side sent before, whatever the
   * other side says in between. `trickled`: as `whole`, octet by octet.
   */
  readonly sent: 'whole' | 'together' | 'trickled'
}

/**
 * What a runner and a server say to each other on one connection, in the order in which it arrives. A part is not sent
 * before the one in front of it has arrived, so whoever holds one back brings the exchange to a stop.
 */
export interface Exchange {
  readonly name: string
  readonly parts: readonly Part[]
}

export const HOST = 'api.test'

/** A request as the runner sends it to the server itself; `line` is its method and target. */
export function request(line: string, fields = '', body = ''): Part[] {
  return message('runner', `${line} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`, body)
}

export function response(status: string, fields = '', body = ''): Part[] {
  return message('server', `HTTP/1.1 ${status}\r\n${fields}\r\n`, body)
}

/** A whole message, of any form. */
export function message(by: Side, head: string, body = ''): Part[] {
  const parts: Part[] = [{ by, kind: 'head', text: head, sent: 'whole' }]
  if (body !== '') parts.push({ by, kind: 'octets', text: body, sent: 'together' })
  return parts
}

/** Each of `pieces` is sent when the one before it has arrived. */
export function octets(by: Side, ...pieces: string[]): Part[] {
  return pieces.map(text => ({ by, kind: 'octets', text, sent: 'whole' }))
}

export function end(by: Side): Part {
  return { by, kind: 'end', text: '', sent: 'whole' }
}

/** The heads of a message octet by octet. */
export function trickled(parts: readonly Part[]): Part[] {
  return parts.map(part => ({ ...part, sent: part.kind === 'head' ? 'trickled' : 'whole' }))
}

/** In one packet with what the same side sent before. */
export function together(parts: readonly Part[]): Part[] {
  return parts.map(part => ({ ...part, sent: 'together' }))
}

export function exchange(name: string, ...parts: (Part | readonly Part[])[]): Exchange {
  return { name, parts: parts.flat() }
}

/** A response of which nothing is expected. */
export const OK = response('200 OK', 'Content-Length: 2\r\n', 'ok')

export function length(body: string): string {
  return `Content-Length: ${body.length}\r\n`
}

export const CHUNKED = 'Transfer-Encoding: chunked\r\n'

export function chunk(data: string, extension = ''): string {
  return `${data.length.toString(16)}${extension}\r\n${data}\r\n`
}

/** The last chunk and the trailer section. */
export function lastChunk(trailers = ''): string {
  return `0\r\n${trailers}\r\n`
}
