import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RawConnection } from '../support/raw-connection.ts'
import type { Scene } from './scene.ts'
import { section } from './section.ts'

const fault = section('Clients of the admin port')

/** A client with the token of the state directory. */
class AdminClient {
  readonly #scene: Scene
  readonly #port: number
  readonly #fields: string

  private constructor(scene: Scene, port: number, token: string) {
    this.#scene = scene
    this.#port = port
    this.#fields = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`
  }

  /** What comes with the first requests and stays, the thread for changes above all, is there when it resolves. */
  static async open(scene: Scene): Promise<AdminClient> {
    const { certhop } = scene
    const token = await readFile(join(certhop.folder, 'state', 'admin-token'), 'utf8')
    const client = new AdminClient(scene, certhop.adminPort, token.trim())
    const nothing = 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
    for (const [method, path, rest, status] of [
      ['POST', '/api/certificates', nothing, '422'],
      ['GET', '/api/status', '\r\n', '200'],
      ['GET', '/metrics', '\r\n', '200'],
    ] as const) {
      const connection = await client.send(method, path, rest)
      assert.equal((await connection.head()).slice(9, 12), status, path)
      connection.close()
    }
    await certhop.settle()
    return client
  }

  async connect(): Promise<RawConnection> {
    const connection = await RawConnection.connect(this.#port)
    this.#scene.after(() => connection.close())
    return connection
  }

  /** A request, whole unless `rest` leaves it open. */
  async send(method: string, path: string, rest = '\r\n'): Promise<RawConnection> {
    const connection = await this.connect()
    connection.send(`${method} ${path} HTTP/1.1\r\n${this.#fields}${rest}`)
    return connection
  }
}

const LEAVING: Readonly<Record<string, (client: RawConnection) => void>> = {
  'ends its side': client => client.end(),
  'closes its connection': client => client.close(),
  'resets it': client => client.socket.resetAndDestroy(),
}

fault(
  `a client ${Object.keys(LEAVING).join(', ')} before a request, in its head, in its body, or before it has read the answer`,
  'the connection ends, and the proxy goes on',
  async scene => {
    const admin = await AdminClient.open(scene)
    const json = 'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"host'
    for (const leave of Object.values(LEAVING)) {
      const clients = await Promise.all([
        admin.connect(),
        admin.send('GET', '/api/status', 'Accept: '),
        admin.send('POST', '/api/certificates', json),
        admin.send('POST', '/api/certificates/preview', json),
        admin.send('GET', '/api/certificates'),
        admin.send('GET', '/api/requests'),
        admin.send('GET', '/metrics'),
        admin.send('GET', '/'),
      ])
      for (const client of clients) leave(client)
      await scene.certhop.checkHealth()
      for (const client of clients) client.close()
    }
  },
)

fault(
  `a reader of events ${Object.keys(LEAVING).join(', ')}`,
  'nothing is gathered for it any more',
  async scene => {
    const admin = await AdminClient.open(scene)
    for (const leave of Object.values(LEAVING)) {
      const reader = await admin.send('GET', '/api/events')
      await reader.until('event: status')
      await scene.certhop.checkHealth()
      await reader.until('event: request')
      leave(reader)
      await scene.certhop.checkHealth()
      reader.close()
    }
  },
)

fault(
  'hundreds of clients connect and say nothing',
  'runners are served, and clients as well when there is room again',
  async scene => {
    const admin = await AdminClient.open(scene)
    const clients = await Promise.all(Array.from({ length: 300 }, () => admin.connect()))
    for (let time = 0; time < 20; time += 1) await scene.certhop.checkHealth()
    for (const client of clients) client.close()
    for (;;) {
      const client = await admin.send('GET', '/livez')
      const head = await client.head().catch(() => '')
      if (head.startsWith('HTTP/1.1 200 ')) break
    }
  },
)
