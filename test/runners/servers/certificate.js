// The TLS options of a server that demands a client certificate: FOLDER holds server.crt, server.key and ca.crt.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function certificateIn(folder) {
  const read = name => readFileSync(join(folder, name))
  return { cert: read('server.crt'), key: read('server.key'), ca: read('ca.crt') }
}
