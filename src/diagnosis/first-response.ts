import type { BodyLimits } from '../http1/body.ts'
import { parseRequestHead } from '../http1/request-head.ts'
import { writeRequestHead } from '../http1/rewrite.ts'
import { formatAbsoluteTarget, type Target } from '../http1/target.ts'
import { ResponseRelay } from '../proxy/response-relay.ts'
import { RESPONSE_TIMEOUT } from '../proxy/response-timeout.ts'
import { UpstreamConnection } from '../upstream/connection.ts'
import type { Dialled, DialOptions } from '../upstream/dial.ts'
import { Origin } from '../upstream/origin.ts'
import type { Route } from '../upstream/route.ts'
import { closedEarly } from '../upstream/tls-errors.ts'

export interface ResponseOptions {
  readonly dialling: DialOptions
  readonly limits: BodyLimits
  /** Milliseconds. */
  readonly responseTimeout: number
}

/**
 * The status of the final response to a GET, sent and read as the proxy does with a runner's request. The connection is
 * closed then: its body is not wanted. Rejects with a `CerthopError`.
 */
export async function firstResponse(
  target: Target,
  route: Route,
  dialled: Dialled,
  { dialling, limits, responseTimeout }: ResponseOptions,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const host = `Host: ${target.hostField ?? ''}\r\n`
  const head = parseRequestHead(
    `GET ${target.path} HTTP/1.1\r\n${host}User-Agent: certhop-doctor\r\nAccept: */*\r\n`,
    limits.headerFields,
  )
  const { forwarder } = dialled
  const sink = { write: () => true, writeHead: () => true }
  const relay = new ResponseRelay(sink, head, { limits, via: null, draining: () => true })
  relay.forwarder = forwarder
  const connection = new UpstreamConnection(new Origin(route, 0), dialled)
  dialling.deadlines.watch(connection)
  try {
    connection.use({
      onUpstreamData(bytes) {
        try {
          relay.take(bytes)
          if (relay.status !== null) resolve(relay.status)
        } catch (error) {
          reject(error)
        }
      },
      onUpstreamEnd: () => reject(closedEarly(route)),
      onUpstreamDrain: () => {},
      onUpstreamError: reject,
    })
    connection.expect(responseTimeout, RESPONSE_TIMEOUT)
    const rewritten = writeRequestHead(head, {
      target: forwarder === null ? target.path : formatAbsoluteTarget(target),
      host: target.hostField,
      upgrade: false,
      close: true,
      via: null,
      proxyAuthorization: forwarder?.authorization ?? null,
    })
    connection.writeHead(rewritten, null)
    return await promise
  } finally {
    dialling.deadlines.forget(connection)
    connection.destroy()
  }
}
