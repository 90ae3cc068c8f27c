import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { clientName, tlsOptions } from '../support/servers.ts'
import { openTlsTunnel } from '../support/tunnel.ts'
import { CLEAR, SECURED, type Subject } from './subject.ts'

/** Two servers that nothing is wrong with, for the request that comes after a fault. They answer who they take the client for. */
export class Health {
  readonly #secured = createHttpsServer(
    tlsOptions({ certificate: MINTED.server, clientAuthority: MINTED.authority }),
    (request, response) => response.end(`${clientName(request.socket)} ${request.url}`),
  )
  readonly #clear = createHttpServer((request, response) => response.end(`nobody ${request.url}`))
  #count = 0

  private constructor() {
    // Kept connections end when certhop ends them.
    for (const server of [this.#secured, this.#clear]) server.keepAliveTimeout = 3_600_000
  }

  static async start(): Promise<Health> {
    const health = new Health()
    for (const server of [health.#secured, health.#clear])
      await once(server.listen(0, '127.0.0.1'), 'listening')
    return health
  }

  close(): void {
    for (const server of [this.#secured, this.#clear]) {
      server.closeAllConnections()
      server.close()
    }
  }

  /** Asserts that requests on every way get their own answers, as who they should. */
  async check({ port, authority }: Subject): Promise<void> {
    const secured = `${SECURED}:${portOf(this.#secured)}`
    const clear = `${CLEAR}:${portOf(this.#clear)}`
    const plain = await RawConnection.connect(port)
    try {
      await this.#ask(plain, `http://${secured}`, 'runner')
      await this.#ask(plain, `http://${clear}`, 'nobody')
    } finally {
      plain.close()
    }
    const tunnel = await openTlsTunnel(port, { servername: SECURED, ca: authority }, portOf(this.#secured))
    try {
      await this.#ask(new RawConnection(tunnel), '', 'runner')
    } finally {
      tunnel.destroy()
    }
  }

  async #ask(runner: RawConnection, prefix: string, identity: string): Promise<void> {
    this.#count += 1
    const path = `/healthy/${this.#count}`
    runner.send(`GET ${prefix}${path} HTTP/1.1\r\nHost: ${SECURED}\r\n\r\n`)
    const { status, body } = await runner.response()
    assert.deepEqual([status, body], [200, `${identity} ${path}`], 'the next request is right')
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
