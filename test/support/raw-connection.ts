import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface RawResponse {
  /** Status line and fields, with the empty line. */
  readonly head: string
  readonly status: number
  readonly body: string
}

/** One end of a connection, or of a stream within one, as the very bytes that come and go. All text is latin1. */
export class RawConnection<S extends Duplex = Socket> {
  readonly socket: S
  /** What came and was not taken out yet. */
  received = ''
  /** The peer has ended its side, or the connection broke. */
  ended = false
  /** The connection broke with an error, such as an RST. */
  broken = false
  readonly #waiting: (() => void)[] = []

  constructor(socket: S) {
    this.socket = socket
    socket.on('data', bytes => {
      this.received += bytes.toString('latin1')
      this.#wake()
    })
    socket.on('end', () => this.#end())
    socket.on('error', () => {
      this.broken = true
    })
    socket.on('close', () => this.#end())
  }

  /** To a port on 127.0.0.1. Ending one side leaves the other open. */
  static async connect(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  send(data: string | Buffer): void {
    if (typeof data === 'string') this.socket.write(data, 'latin1')
    else this.socket.write(data)
  }

  /** Sends FIN, behind what was sent. */
  end(): void {
    this.socket.end()
  }

  /** Ends the connection in order, both ways. */
  close(): void {
    this.socket.destroy()
  }

  /** Takes out of `received` all up to the first `text`, with it; rejects when the peer ends before. */
  async until(text: string): Promise<string> {
    for (;;) {
      const start = this.received.indexOf(text)
      if (start !== -1) return this.#take(start + text.length)
      await this.#more(`before ${JSON.stringify(text)}`)
    }
  }

  /** Takes out the head of a message. */
  head(): Promise<string> {
    return this.until('\r\n\r\n')
  }

  /** Takes out as many octets. */
  async bytes(count: number): Promise<string> {
    while (this.received.length < count) await this.#more(`before ${count} octets`)
    return this.#take(count)
  }

  /** Takes out one response, whose end a Content-Length tells; with `hasBody` false its head alone. */
  async response(hasBody = true): Promise<RawResponse> {
    const head = await this.head()
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    return { head, status: Number(head.slice(9, 12)), body: hasBody ? await this.bytes(length) : '' }
  }

  /** Takes out all that came until the peer ended its side. */
  async untilEnd(): Promise<string> {
    while (!this.ended) await this.#change()
    return this.#take(this.received.length)
  }

  /** Resolves once the connection is gone altogether. */
  async closed(): Promise<void> {
    if (!this.socket.closed) await new Promise(resolve => this.socket.once('close', resolve))
  }

  #take(length: number): string {
    const taken = this.received.slice(0, length)
    this.received = this.received.slice(length)
    return taken
  }

  async #more(when: string): Promise<void> {
    if (this.ended) {
      throw new Error(
        `The connection ended ${when}; there was ${JSON.stringify(this.received.slice(0, 2000))}`,
      )
    }
    await this.#change()
  }

  #change(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  #end(): void {
    this.ended = true
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Sends `text` on a new connection and resolves with all that came until the peer ended its side. */
export async function roundTrip(port: number, text: string): Promise<string> {
  const connection = await RawConnection.connect(port)
  connection.send(text)
  const answer = await connection.untilEnd()
  connection.close()
  return answer
}
