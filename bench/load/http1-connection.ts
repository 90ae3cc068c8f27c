import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Answer } from './answer.ts'
import type { Connection } from './connection.ts'

const PREFIX_KEPT = 200

/** Sends the same HTTP/1.1 request again and again. Bodies are counted, not kept. */
export class Http1Connection implements Connection {
  readonly #socket: Socket
  readonly #closed: Promise<unknown>
  readonly #request: string
  #waiting: PromiseWithResolvers<Answer> | null = null
  /** What came so far of a head, or null when it is complete. */
  #head: string | null = ''
  #status = 0
  #subject: string | null = null
  #prefix = ''
  #expected = 0
  #received = 0

  /** `carrier` is the TCP connection below `socket`, or `socket` itself. */
  constructor(socket: Socket, carrier: Socket, request: string) {
    this.#socket = socket
    this.#request = request
    this.#closed = once(carrier, 'close')
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    const fail = (error: Error) => this.#waiting?.reject(error)
    socket.on('error', fail)
    carrier.on('error', fail)
    socket.on('close', () => fail(new Error('closed too early')))
  }

  exchange(): Promise<Answer> {
    this.#waiting = Promise.withResolvers()
    this.#socket.write(this.#request)
    return this.#waiting.promise
  }

  async close(): Promise<void> {
    this.#socket.end()
    await this.#closed
  }

  #receive(bytes: Buffer): void {
    if (this.#head === null) this.#count(bytes)
    else this.#receiveHead(this.#head, bytes)
  }

  #receiveHead(before: string, bytes: Buffer): void {
    const text = before + bytes.toString('latin1')
    const end = text.indexOf('\r\n\r\n')
    if (end === -1) {
      this.#head = text
      return
    }
    this.#read(text.slice(0, end + 2))
    this.#count(bytes.subarray(bytes.length - (text.length - end - 4)))
  }

  #read(head: string): void {
    this.#head = null
    this.#status = Number(head.slice(9, 12))
    this.#subject = /^x-client-subject: *(.*?) *\r$/im.exec(head)?.[1] ?? null
    this.#expected = Number(/^content-length: *(\d+)/im.exec(head)?.[1])
    this.#received = 0
    this.#prefix = ''
    if (Number.isNaN(this.#expected)) this.#waiting?.reject(new Error(`an answer of unknown length: ${head}`))
  }

  #count(bytes: Buffer): void {
    if (this.#prefix.length < PREFIX_KEPT) this.#prefix += bytes.toString('latin1', 0, PREFIX_KEPT)
    this.#received += bytes.length
    if (this.#received < this.#expected) return
    this.#head = ''
    const identity = this.#subject ?? this.#prefix
    this.#waiting?.resolve({ status: this.#status, identity, bodyBytes: this.#received })
  }
}
