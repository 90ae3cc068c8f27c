import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { createTrustingContext } from '../../src/identity/trust.ts'

/** Prints which contexts trust a server whose authority is among the system's roots of this process. */
const { cert, key, own } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const server = createServer({ cert, key })
server.on('tlsClientError', () => undefined)
await once(server.listen(0, '127.0.0.1'), 'listening')
const { port } = server.address() as AddressInfo
const answers: Record<string, boolean> = {}
for (const [name, secureContext] of Object.entries({
  own: createTrustingContext({}, [own], false),
  system: createTrustingContext({}, null, false),
  both: createTrustingContext({}, [own], true),
})) {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', secureContext })
  answers[name] = await once(socket, 'secureConnect').then(
    () => true,
    () => false,
  )
  socket.destroy()
}
server.close()
process.stdout.write(JSON.stringify(answers))
