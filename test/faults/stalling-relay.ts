import { connect, createServer, type Socket } from 'node:net'
import { listen } from '../support/servers.ts'
import type { Scene } from './scene.ts'

/** Carries connections to a server and back, and stops carrying what the server says at some octet of it. */
export class StallingRelay {
  port = 0
  /** Octets of the server that are carried. */
  limit = Number.POSITIVE_INFINITY
  /** How many octets the server had said of the last connection, each time before the client had its turn again. */
  flights: number[] = []
  readonly #serverPort: number
  #stalled: () => void = () => {}

  private constructor(serverPort: number) {
    this.#serverPort = serverPort
  }

  static async start(scene: Scene, serverPort: number): Promise<StallingRelay> {
    const relay = new StallingRelay(serverPort)
    relay.port = await listen(
      scene,
      createServer(client => relay.#carry(client)),
    )
    return relay
  }

  /** Resolves when the limit is reached. */
  stalled(): Promise<void> {
    return new Promise(resolve => {
      this.#stalled = resolve
    })
  }

  #carry(client: Socket): void {
    const server = connect(this.#serverPort, '127.0.0.1')
    let carried = 0
    this.flights = []
    client.on('data', bytes => {
      if (carried > 0 && this.flights.at(-1) !== carried) this.flights.push(carried)
      server.write(bytes)
    })
    server.on('data', (bytes: Buffer) => {
      const passed = bytes.subarray(0, Math.max(0, this.limit - carried))
      carried += bytes.length
      client.write(passed)
      if (carried >= this.limit) this.#stalled()
    })
    client.on('error', () => {}).on('close', () => server.destroy())
    server.on('error', () => {}).on('close', () => client.destroy())
  }
}
