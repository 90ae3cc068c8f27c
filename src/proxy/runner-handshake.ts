import type { Socket } from 'node:net'
import type { Place } from './crowd.ts'

/** A connection in its TLS handshake with the proxy itself. Nobody has asked for anything yet. */
export class RunnerHandshake implements Place {
  readonly waitsSince = performance.now()
  readonly #transport: Socket

  constructor(transport: Socket) {
    this.#transport = transport
  }

  giveWay(): void {
    this.destroy()
  }

  drain(): void {
    this.destroy()
  }

  destroy(): void {
    this.#transport.destroy()
  }
}
