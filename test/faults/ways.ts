import { MINTED } from '../support/path.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { type RawServer, startRawServer, type TlsSetup } from '../support/servers.ts'
import { openTlsTunnel } from '../support/tunnel.ts'
import type { Scene } from './scene.ts'
import { CLEAR, SECURED, type Subject } from './subject.ts'

/** How a request comes in and goes out. */
export const WAYS = ['in clear', 'with a certificate', 'inside CONNECT'] as const

export type Way = (typeof WAYS)[number]

export const SECURE: TlsSetup = { certificate: MINTED.server, clientAuthority: MINTED.authority }

/** A server in the hands of the test, and how runners reach it through certhop. */
export class Path {
  readonly server: RawServer
  readonly #scene: Scene
  readonly #certhop: Subject
  readonly #way: Way

  private constructor(scene: Scene, certhop: Subject, way: Way, server: RawServer) {
    this.#scene = scene
    this.#certhop = certhop
    this.#way = way
    this.server = server
  }

  static async open(scene: Scene, way: Way, certhop = scene.certhop): Promise<Path> {
    return new Path(scene, certhop, way, await startRawServer(scene, way === 'in clear' ? null : SECURE))
  }

  /** What stands before the path in a request's target. */
  get url(): string {
    if (this.#way === 'inside CONNECT') return ''
    return `http://${this.#way === 'in clear' ? CLEAR : SECURED}:${this.server.port}`
  }

  /** A connection on which a runner sends its requests. */
  async connect(): Promise<RawConnection> {
    const { port, authority } = this.#certhop
    const runner =
      this.#way === 'inside CONNECT'
        ? new RawConnection(
            await openTlsTunnel(port, { servername: SECURED, ca: authority }, this.server.port),
          )
        : await RawConnection.connect(port)
    this.#scene.after(() => runner.socket.destroy())
    return runner
  }

  /** A request that has reached the server: `head` without its first line, with `Host` already there. */
  async ask(method = 'GET', rest = ''): Promise<{ runner: RawConnection; peer: RawConnection }> {
    const runner = await this.connect()
    runner.send(`${method} ${this.url}/ HTTP/1.1\r\nHost: ${SECURED}\r\n${rest === '' ? '\r\n' : rest}`)
    const peer = await this.server.accept()
    await peer.head()
    return { runner, peer }
  }
}
