import type { Socket } from 'node:net'
import { CerthopError } from '../core/errors.ts'
import { CR, HTAB, isTokenCharacter, LF, SP } from '../http1/characters.ts'
import { type ClientHello, readClientHello, startsTls } from './client-hello.ts'

/** The connection preface of HTTP/2 (RFC 9113 section 3.4). */
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** Nobody is there to be told. */
const CUT_SHORT = new CerthopError('bad_request', 'The runner has ended its side in its ClientHello')

/** What a tunnel holds. */
export type Content =
  | { readonly kind: 'tls'; readonly hello: ClientHello }
  /** HTTP/1.x or HTTP/2 in clear; whether it is valid is for its parser to say. */
  | { readonly kind: 'http1' }
  | { readonly kind: 'http2' }
  /** Something else, or a server that speaks first. */
  | { readonly kind: 'other' }

export interface Peeked {
  readonly content: Content
  /** What was read on the way and belongs to the tunnel. */
  readonly fromRunner: Buffer | null
  readonly fromServer: Buffer | null
}

interface PeekOptions {
  /** Null where nothing was dialled. */
  readonly server: Socket | null
  readonly unread: Buffer | null
  readonly maxBytes: number
  /** The runner has begun to speak. */
  readonly onStart: () => void
}

/**
 * Looks at the first bytes of a tunnel until they tell what it holds, and leaves both sockets paused. Never resolves when
 * the runner leaves before; rejects with `header_too_large`, or when the runner ends its side in a ClientHello.
 */
export function peek(runner: Socket, options: PeekOptions): Promise<Peeked> {
  const { server, unread, maxBytes, onStart } = options
  const { promise, resolve, reject } = Promise.withResolvers<Peeked>()
  let fromRunner: Buffer | null = null
  let peeking = true

  const finish = (content: Content, fromServer: Buffer | null = null) => {
    stop()
    resolve({ content, fromRunner, fromServer })
  }
  const fail = (error: CerthopError) => {
    stop()
    reject(error)
  }
  const onRunner = (bytes: Buffer) => {
    if (fromRunner === null) onStart()
    fromRunner = fromRunner === null ? bytes : Buffer.concat([fromRunner, bytes])
    try {
      const content = contentOf(fromRunner, maxBytes)
      if (content !== null) finish(content)
    } catch (error) {
      fail(error as CerthopError)
    }
  }
  const onServer = (bytes: Buffer) => finish({ kind: 'other' }, bytes)
  const onEnd = () => finish({ kind: 'other' })
  const onRunnerEnd = () => (startsTls(fromRunner?.[0]) ? fail(CUT_SHORT) : onEnd())

  function stop(): void {
    peeking = false
    runner.off('data', onRunner).off('end', onRunnerEnd).pause()
    server?.off('data', onServer).off('end', onEnd).off('close', onEnd).pause()
  }

  runner.on('data', onRunner).on('end', onRunnerEnd)
  server?.on('data', onServer).on('end', onEnd).on('close', onEnd)
  if (unread !== null) onRunner(unread)
  if (peeking) runner.resume()
  return promise
}

/** Servers pass over white space in front of a request, so none of it makes a request into something else. */
function mayStartHttp(octet: number): boolean {
  return isTokenCharacter(octet) || octet === CR || octet === LF || octet === SP || octet === HTAB
}

/** Null while it can't be told. */
function contentOf(bytes: Buffer, maxBytes: number): Content | null {
  const [first] = bytes
  if (startsTls(first)) {
    const hello = readClientHello(bytes, maxBytes)
    return hello === null ? null : { kind: 'tls', hello }
  }
  // Servers skip white space in front of a request, some more of it than they should.
  if (first === CR || first === LF || first === SP || first === HTAB) return { kind: 'http1' }
  if (first === undefined || !mayStartHttp(first)) return { kind: 'other' }
  const start = bytes.toString('latin1', 0, HTTP2_PREFACE.length)
  if (start === HTTP2_PREFACE) return { kind: 'http2' }
  return HTTP2_PREFACE.startsWith(start) ? null : { kind: 'http1' }
}
