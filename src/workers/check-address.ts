import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Rejects with Node's error when nobody can listen at the address, or somebody does. Listeners that share a port would
 * share it with those of another process of the same user as well, and nothing would tell: two registries would answer in turn.
 */
export async function checkAddress(host: string, port: number): Promise<void> {
  const server = createServer().listen({ host, port })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}
