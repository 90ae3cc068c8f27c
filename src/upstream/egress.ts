import type { Socket } from 'node:net'
import { CerthopError } from '../core/errors.ts'
import { formatAuthority } from '../core/host.ts'
import type { Addresses, NamedDestination } from './addresses.ts'
import { readConnectAnswer } from './connect-answer.ts'
import { outOfDescriptors } from './descriptors.ts'
import { networkMatcher } from './networks.ts'
import { openTcp } from './tcp.ts'
import { type TimeLimit, within } from './time-limit.ts'

export interface EgressOptions {
  readonly host: string
  readonly port: number
  /** The value of Proxy-Authorization; null sends none. It must never be shown. */
  readonly authorization: string | null
  /** True for hosts, as `normalizeHost` returns them, that are dialled directly. */
  readonly excludesHost: (host: string) => boolean
  /** CIDRs and addresses that are dialled directly. A name is not resolved to look for it here. */
  readonly excludedNetworks: readonly string[]
}

/**
 * The HTTP proxy that connections to servers go through:
 *
 * ```
 *            ┌─ connect ─────────────────────────────────────────────► requests in absolute-form
 *  DNS, TCP ─┤
 *            └─ openTunnel ── CONNECT host:port ──► 2xx ─────────────► a connection to the server
 *                                               └─► anything else ──► egress_proxy_failed
 * ```
 * It resolves the names of servers itself.
 */
export class EgressProxy {
  /** The value of Proxy-Authorization; null sends none. */
  readonly authorization: string | null
  readonly #host: string
  readonly #port: number
  readonly #excludesHost: (host: string) => boolean
  readonly #excludesAddress: (address: string) => boolean

  constructor(options: EgressOptions) {
    this.authorization = options.authorization
    this.#host = options.host
    this.#port = options.port
    this.#excludesHost = options.excludesHost
    this.#excludesAddress = networkMatcher(options.excludedNetworks)
  }

  /** `host:port`. */
  get authority(): string {
    return formatAuthority(this.#host, this.#port)
  }

  /** False for a name or an address that is to be dialled directly. */
  carries(host: string): boolean {
    return !this.#excludesHost(host) && !this.#excludesAddress(host)
  }

  /** A connection to the proxy itself. Rejects with `egress_proxy_failed`, or `loop_detected` when it is this process. */
  async connect(addresses: Addresses, limit: TimeLimit): Promise<Socket> {
    try {
      const destination = await within(limit, addresses.findProxy(this.#host, this.#port))
      return await openTcp(destination, limit)
    } catch (cause) {
      throw this.#failure('cannot be reached', cause as Error)
    }
  }

  /** A connection to `destination`, through the proxy. Rejects as `connect` does. */
  async openTunnel(destination: NamedDestination, addresses: Addresses, limit: TimeLimit): Promise<Socket> {
    const socket = await this.connect(addresses, limit)
    try {
      const authority = formatAuthority(destination.host, destination.port)
      socket.write(this.#connectHead(authority), 'latin1')
      const status = await within(limit, readConnectAnswer(socket))
      if (status >= 300) throw this.refusal(status, `CONNECT ${authority}`)
      return socket
    } catch (cause) {
      socket.destroy()
      throw this.#failure('gave no valid answer to CONNECT', cause as Error)
    }
  }

  /** What an answer of the proxy's own, that is none of the server's, becomes. */
  refusal(status: number, request: string): CerthopError {
    return this.#error(`answered ${status} to ${request}`, { hint: adviceFor(status) })
  }

  /** What it becomes when all of it together takes longer than `milliseconds`. */
  late(milliseconds: number): CerthopError {
    return this.#error(`did not open the connection within ${milliseconds} ms`, {
      hint: 'Check `egressProxy` in the settings, the network to it, and whether it reaches the host.',
    })
  }

  #connectHead(authority: string): string {
    const credentials = this.authorization === null ? '' : `Proxy-Authorization: ${this.authorization}\r\n`
    return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`
  }

  #failure(what: string, cause: Error): CerthopError {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'egress_proxy_failed') return cause as CerthopError
    if (code === 'loop_detected') {
      return new CerthopError('loop_detected', 'The egress proxy is this proxy', {
        hint: '`egressProxy` in the settings names the next proxy on the way out, not certhop itself.',
        cause,
      })
    }
    const exhausted = outOfDescriptors(cause, `Connecting to the egress proxy ${this.authority}`)
    if (exhausted !== null) return exhausted
    const reason = cause instanceof CerthopError ? cause.message : code
    return this.#error(`${what}: ${reason}`, {
      hint: 'Check host and port of `egressProxy` in the settings: it is an HTTP proxy, spoken to in clear.',
      cause,
    })
  }

  #error(what: string, details: { hint: string; cause?: Error }): CerthopError {
    return new CerthopError('egress_proxy_failed', `The egress proxy ${this.authority} ${what}`, details)
  }
}

function adviceFor(status: number): string {
  if (status === 407) {
    return 'Check user and password in `egressProxy` in the settings; of all schemes only Basic is spoken.'
  }
  if (status === 403) {
    return 'It forbids this host or port: ask those who run it, or list the host under `noProxy` if it is reached directly.'
  }
  if (status >= 500) {
    return 'It could not reach the host: check host and port, or list the host under `noProxy` if it is reached directly.'
  }
  return 'Check that `egressProxy` in the settings names an HTTP proxy that takes CONNECT.'
}
