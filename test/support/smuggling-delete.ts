import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { startHttpServer } from './servers.ts'

/** One DELETE, whose chunked body is the text of another request; then a request that shows that all of it was read. */
function smugglingDelete(origin: string): string {
  const body = 'GET /smuggled HTTP/1.1\r\nHost: api.example.test\r\n\r\n'
  const head = `Host: api.example.test\r\n`
  return (
    `DELETE ${origin}/thing HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n` +
    `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` +
    `GET ${origin}/last HTTP/1.1\r\n${head}\r\n`
  )
}

/** What a server sees of the bytes above, in order, up to the first request that is not the DELETE. */
export async function seenBehind(
  test: TestContext,
  startProxy: (serverPort: number) => Promise<[port: number, origin: string]>,
): Promise<string[]> {
  const seen: string[] = []
  const second = Promise.withResolvers<void>()
  const serverPort = await startHttpServer(test, (request: IncomingMessage, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (seen.length === 2) second.resolve()
    request.resume().on('end', () => response.end())
  })
  const [port, origin] = await startProxy(serverPort)
  const client = connect(port, '127.0.0.1')
  await once(client, 'connect')
  client.write(smugglingDelete(origin))
  client.resume()
  await second.promise
  client.destroy()
  return seen.slice(0, 2)
}
