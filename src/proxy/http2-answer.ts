import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { CerthopError } from '../core/errors.ts'
import { describeError, type FailedRequest } from './error-answer.ts'
import { nextRequestId } from './record.ts'

/** Status codes of gRPC (its `statuscodes.md`) for those of HTTP: clients show them with their message. */
const GRPC_PERMISSION_DENIED = 7
const GRPC_UNAVAILABLE = 14

/** A request that was answered with an error. */
export interface AnsweredRequest {
  readonly requestId: string
  readonly method: string | null
  readonly path: string | null
  readonly status: number
}

interface AnswerOptions {
  readonly error: CerthopError
  readonly host: string
  readonly certificate: string | null
  readonly onAnswered: (request: AnsweredRequest) => void
}

/**
 * Answers every request on an HTTP/2 connection with one error, and asks the runner to take another connection for its
 * next. `unread` is what was read of `socket` already, from the connection preface on. A gRPC client gets a `grpc-status`.
 */
export async function answerHttp2(
  socket: Socket,
  unread: Buffer | null,
  options: AnswerOptions,
): Promise<void> {
  // Only those who need it pay for loading it.
  const { performServerHandshake } = await import('node:http2')
  if (socket.destroyed) return
  if (unread !== null && unread.length > 0) socket.unshift(unread)
  const session = performServerHandshake(socket)
  session.on('error', () => {})
  // The session takes what was unshifted in the next tick, and after that it reads by itself, but not from a socket that is
  // paused. Resumed any earlier, the socket would give those bytes to nobody.
  setImmediate(() => socket.resume())
  session.on('stream', (stream, headers) => {
    options.onAnswered(answer(stream, headers, options))
    session.close()
  })
}

function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { error, host, certificate }: AnswerOptions,
): AnsweredRequest {
  const [method, path] = [textOf(headers[':method']), textOf(headers[':path'])]
  const request: FailedRequest = { requestId: nextRequestId(), host, certificate, method }
  const { status, proxyStatus, body } = describeError(error, request)
  stream.on('error', () => {})
  // What the runner still sends is of no interest, but it must be able to send it.
  stream.resume()
  if (textOf(headers['content-type'])?.startsWith('application/grpc')) {
    const grpcStatus = status === 403 ? GRPC_PERMISSION_DENIED : GRPC_UNAVAILABLE
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': String(grpcStatus),
        'grpc-message': percentEncoded(
          `${error.code}: ${error.message}${error.hint ? ` (${error.hint})` : ''}`,
        ),
        'proxy-status': proxyStatus,
      },
      { endStream: true },
    )
  } else {
    stream.respond({
      ':status': status,
      'proxy-status': proxyStatus,
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'content-length': body.length,
    })
    stream.end(method === 'HEAD' ? undefined : body)
  }
  return { requestId: request.requestId, method, path, status }
}

function textOf(value: string | readonly string[] | undefined): string | null {
  return typeof value === 'string' ? value : null
}

/** As gRPC over HTTP/2 wants its messages: everything but printable ASCII, and `%`, as UTF-8 in percent encoding. */
function percentEncoded(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent)
}
