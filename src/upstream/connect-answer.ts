import type { Socket } from 'node:net'
import { CerthopError } from '../core/errors.ts'
import { findResponseHeadEnd } from '../http1/head-end.ts'
import { parseResponseHead } from '../http1/response-head.ts'

/** What a proxy has to say to a CONNECT is short, even with the challenges of a 407. */
const MAX_HEAD_BYTES = 65_536
const MAX_FIELDS = 256

/**
 * The status of the final answer to a CONNECT, which has no body if it is a 2xx (RFC 9110 section 9.3.6). What follows the
 * head stays in the socket, to be read as if it had just been connected. Rejects with `bad_response`, with
 * `connection_reset` when the proxy ends the connection first, or with Node's error.
 */
export function readConnectAnswer(socket: Socket): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let received: Buffer = Buffer.alloc(0)

  // Not 'data': after it the socket would have to be resumed by whoever gets it, as none of them has to otherwise.
  const onReadable = () => {
    for (let bytes = socket.read(); bytes !== null; bytes = socket.read()) {
      received = Buffer.concat([received, bytes])
    }
    try {
      const { status, rest } = parseAnswer(received)
      received = rest
      if (status === null) return
      stop()
      if (rest.length > 0) socket.unshift(rest)
      resolve(status)
    } catch (error) {
      fail(error as Error)
    }
  }
  const onEnd = () => fail(new CerthopError('connection_reset', 'The connection ended before its answer did'))
  const fail = (error: Error) => {
    stop()
    reject(error)
  }
  const stop = () => {
    socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', fail)
  }
  socket.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', fail)
  return promise
}

/** `status` is null while the head is not complete; `rest` is what was not understood yet. Interim answers (1xx) are passed over. */
function parseAnswer(bytes: Buffer): { status: number | null; rest: Buffer } {
  let start = 0
  for (;;) {
    const end = findResponseHeadEnd(bytes, start, MAX_HEAD_BYTES)
    if (end === -1) return { status: null, rest: bytes.subarray(start) }
    const { status } = parseResponseHead(bytes.toString('latin1', start, end - 2), MAX_FIELDS)
    if (status >= 200) return { status, rest: bytes.subarray(end) }
    if (status === 101) throw new CerthopError('bad_response', 'The answer to a CONNECT switches protocols')
    start = end
  }
}
