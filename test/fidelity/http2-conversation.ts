import { once } from 'node:events'
import type { ClientHttp2Session, ClientHttp2Stream, Http2Stream, OutgoingHttpHeaders } from 'node:http2'
import type { Http2Server } from '../support/http2.ts'
import { RawConnection } from '../support/raw-connection.ts'
import type { Http2Exchange, Http2Message } from './http2-exchange.ts'

/** A message as it arrived: headers and trailers are names and values in turn, as they came. */
interface HeardMessage {
  readonly headers: readonly string[]
  readonly body: string
  readonly trailers: readonly string[] | null
}

/** What the two sides heard of each other. */
export interface HeardHttp2 {
  readonly identity: string | null
  readonly request: HeardMessage
  readonly interim: readonly (readonly string[])[]
  readonly response: HeardMessage
}

/** Carries `exchange` on a stream of its own: the response follows the whole request. Rejects when a stream breaks. */
export async function converseHttp2(
  exchange: Http2Exchange,
  session: ClientHttp2Session,
  server: Http2Server,
): Promise<HeardHttp2> {
  const { request, response } = exchange
  const runnerStream = session.request(request.headers, {
    endStream: request.pieces.length === 0 && request.trailers === null,
    waitForTrailers: request.trailers !== null,
  })
  const interim: string[][] = []
  runnerStream.on('headers', (_headers, _flags, raw) => interim.push(raw))
  const runner = new RawConnection<ClientHttp2Stream>(runnerStream)
  const peer = await server.accept()
  const requestTrailers = trailersOf(peer.stream)
  for (const fields of exchange.interim) {
    const heard = once(runnerStream, 'headers')
    peer.stream.additionalHeaders(fields)
    await heard
  }
  const requestBody = await carry(request, runner, peer.body)

  const responseTrailers = trailersOf(runnerStream)
  const answered = once(runnerStream, 'response')
  peer.stream.respond(response.headers, {
    endStream: response.pieces.length === 0 && response.trailers === null,
    waitForTrailers: response.trailers !== null,
  })
  const [, , responseHeaders] = (await answered) as [unknown, unknown, string[]]
  const responseBody = await carry(response, peer.body, runner)
  return {
    identity: peer.identity,
    request: { headers: peer.headers, body: requestBody, trailers: requestTrailers() },
    interim,
    response: { headers: responseHeaders, body: responseBody, trailers: responseTrailers() },
  }
}

/** Sends body and trailers of `message`, and resolves with the body as it arrived, once the stream has ended. */
async function carry(
  message: Http2Message,
  from: RawConnection<Http2Stream>,
  to: RawConnection<Http2Stream>,
): Promise<string> {
  let body = ''
  for (const piece of message.pieces) {
    from.send(piece)
    body += await to.bytes(piece.length)
  }
  if (message.trailers !== null) sendTrailers(from.socket, message.trailers)
  from.end()
  return body + (await to.untilEnd())
}

function sendTrailers(stream: Http2Stream, trailers: OutgoingHttpHeaders): void {
  stream.once('wantTrailers', () => stream.sendTrailers(trailers))
}

/** What came as trailers so far, when asked. */
function trailersOf(stream: Http2Stream): () => string[] | null {
  let trailers: string[] | null = null
  stream.once('trailers', (_headers, _flags, raw) => {
    trailers = raw
  })
  return () => trailers
}
