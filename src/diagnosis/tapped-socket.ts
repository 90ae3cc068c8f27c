import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** Handshakes are shorter; what comes later is of no interest. */
const KEPT = 262_144

/** A TCP connection that keeps what the server sent first: TLS that reads from a bare socket shows it to nobody. */
export class TappedSocket extends Duplex {
  readonly #socket: Socket
  readonly #pieces: Buffer[] = []
  #length = 0

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#keep(bytes)
      if (!this.push(bytes)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', error => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** The first octets that came from the server. */
  get received(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  #keep(bytes: Buffer): void {
    if (this.#length >= KEPT) return
    this.#length += bytes.length
    this.#pieces.push(bytes)
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
