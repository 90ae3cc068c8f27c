import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Answer } from './answer.ts'
import type { Connection } from './connection.ts'

/** Sends the same HTTP/2 request again and again. */
export class Http2Connection implements Connection {
  readonly #session: ClientHttp2Session
  readonly #request: Readonly<Record<string, string>>

  constructor(socket: TLSSocket, authority: string, path: string) {
    this.#session = connect(`https://${authority}`, { createConnection: () => socket })
    // Told to the streams as well, and so to `exchange`.
    this.#session.on('error', () => {})
    this.#request = { ':path': path }
  }

  async exchange(): Promise<Answer> {
    const stream = this.#session.request(this.#request)
    let status = 0
    let subject: unknown
    stream.on('response', headers => {
      status = headers[':status'] ?? 0
      subject = headers['x-client-subject']
    })
    let body = ''
    stream.setEncoding('latin1').on('data', (text: string) => {
      body += text
    })
    await once(stream, 'end')
    return { status, identity: typeof subject === 'string' ? subject : body, bodyBytes: body.length }
  }

  async close(): Promise<void> {
    await new Promise<void>(resolve => this.#session.close(resolve))
  }
}
