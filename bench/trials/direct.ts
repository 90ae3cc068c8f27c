import { type Load, runLoad } from '../load/load.ts'
import type { Contender } from '../scenario.ts'

/** No proxy: the client speaks mTLS with the server itself. It is what the others are compared with. */
export function direct(load: Omit<Load, 'way'>): Contender {
  return {
    name: 'direct',
    program: 'direct',
    version: () => '',
    install: '',
    async start({ cores, host, port, credentials: { ca, client, subject } }) {
      const target = { proxy: null, host, port, ca, client, subjects: [subject] }
      const run = (seconds: number) => runLoad(cores.load, { ...load, way: 'direct' }, target, seconds)
      return {
        warmUp: run,
        async round(seconds) {
          const { requests, p50, p99, p999 } = await run(seconds)
          return requests === 0 ? {} : { p50, p99, p999 }
        },
        async stop() {},
      }
    },
  }
}
