import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { ClientConnection } from './client-connection.ts'
import type { ClientHello } from './client-hello.ts'
import type { ProxyContext } from './context.ts'
import { acceptTls, distrustAlert, RunnerLeft } from './runner-tls.ts'
import type { Scope } from './scope.ts'

/** A runner that leaves within so many milliseconds of the handshake has not liked what it saw. */
const AT_ONCE = 1000

/** The end of a tunnel that is to be opened. */
export interface RunnerEnd {
  readonly socket: Socket
  /** What was read of it already, from the first octet of the tunnel on. */
  readonly unread: Buffer | null
  /** Null where the runner speaks in clear. */
  readonly hello: ClientHello | null
}

/** Makes the runner's end of a tunnel ready to be spoken to, and notices when the runner does not trust what it is shown. */
export class RunnerSide {
  readonly #context: ProxyContext
  readonly #client: ClientConnection
  readonly #end: RunnerEnd
  /** What the runner wants a certificate of. */
  readonly #host: string
  readonly #address: string
  /** The runner has been shown its leaf, and the handshake is not complete. */
  #handshaking = false
  #hasLeft = false

  constructor(context: ProxyContext, client: ClientConnection, end: RunnerEnd, scope: Scope) {
    this.#context = context
    this.#client = client
    this.#end = end
    this.#host = end.hello?.serverName ?? scope.host
    this.#address = client.remoteAddress
  }

  /** Null when the runner has left or refused, or can't be shown anything. `protocol` is what ALPN agrees on, null for none. */
  async accept(protocol: string | null): Promise<Socket | null> {
    const { socket, unread, hello } = this.#end
    if (this.#hasLeft) return null
    if (hello === null) {
      if (unread !== null) socket.unshift(unread)
      return socket
    }
    const secureContext = await this.#findLeaf()
    if (secureContext === null || this.#hasLeft || socket.destroyed) return null
    this.#client.waitWithin('headerTimeout')
    this.#handshaking = true
    try {
      return await acceptTls(socket, unread, secureContext, protocol)
    } catch (error) {
      this.#refused(error as Error)
      return null
    } finally {
      this.#handshaking = false
    }
  }

  /** Has requests read from `socket`. A runner that leaves at once without one may have had a reason. */
  readRequests(socket: Socket, scope: Scope): void {
    const { distrust } = this.#context
    const secured = performance.now()
    let hasAsked = false
    socket.once('close', () => {
      if (!hasAsked && performance.now() - secured < AT_ONCE) distrust.left(this.#address, this.#host)
    })
    this.#client.readRequests(socket, null, scope, () => {
      hasAsked = true
      distrust.trusts(this.#address, this.#host)
    })
  }

  /** The runner has gone. */
  leave(): void {
    this.#hasLeft = true
    // One whose time was up did not go by itself.
    const isOverdue = performance.now() >= this.#client.deadline
    if (this.#handshaking && !isOverdue) this.#context.distrust.left(this.#address, this.#host)
  }

  /** Null when the authority can't sign any more: the runner would trust nothing that it could be told in. */
  async #findLeaf(): Promise<SecureContext | null> {
    const { authority, events } = this.#context
    try {
      return await authority.contextFor(this.#host)
    } catch (error) {
      events.notice('error', `no certificate for ${this.#host}: ${(error as Error).message}`)
      this.#client.destroy()
      return null
    }
  }

  #refused(error: Error): void {
    const { distrust } = this.#context
    const alert = distrustAlert(error)
    if (alert !== null) distrust.refused(this.#address, this.#host, alert)
    else if (error instanceof RunnerLeft) distrust.left(this.#address, this.#host)
    this.#client.destroy()
  }
}
