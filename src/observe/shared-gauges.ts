import type { Gauges } from './gauges.ts'

const NUMBERS = 4

/** Gauges in memory that threads share: one writes, another reads. */
export class SharedGauges {
  readonly #numbers: Int32Array

  constructor(memory: SharedArrayBuffer = SharedGauges.memory()) {
    this.#numbers = new Int32Array(memory)
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(NUMBERS * Int32Array.BYTES_PER_ELEMENT)
  }

  write({ clientConnections, tunnels, upstreamConnections: { active, idle } }: Gauges): void {
    this.#numbers.set([clientConnections, tunnels, active, idle])
  }

  read(): Gauges {
    const [clientConnections = 0, tunnels = 0, active = 0, idle = 0] = this.#numbers
    return { clientConnections, tunnels, upstreamConnections: { active, idle } }
  }
}
