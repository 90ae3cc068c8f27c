import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { HOST, startIntercepting } from '../support/interception.ts'
import { MINTED } from '../support/path.ts'
import { listen, tlsOptions } from '../support/servers.ts'
import { secured } from '../support/tunnel.ts'

const SIZE = 4 * 2 ** 20
const AT_ONCE = 4

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Sends `body` in uneven pieces and resolves with the digest of what comes back, read as it comes. */
async function echoed(options: RequestOptions, body: Buffer): Promise<string> {
  const request = httpRequest({ method: 'POST', ...options })
  const answered = once(request, 'response')
  let sent = 0
  const send = () => {
    while (sent < body.length) {
      const piece = body.subarray(sent, sent + 1 + ((sent * 7919) % 90_000))
      sent += piece.length
      if (!request.write(piece)) return
    }
    request.end()
  }
  request.on('drain', send)
  send()
  const [response] = (await answered) as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  const hash = createHash('sha256')
  for await (const bytes of response) hash.update(bytes as Buffer)
  return hash.digest('hex')
}

test('Large bodies go both ways at once and arrive to the octet, with neighbours on every way in', async t => {
  const echo = createServer(
    tlsOptions({ certificate: MINTED.server, clientAuthority: MINTED.authority }),
    (request, response) => request.pipe(response),
  )
  const port = await listen(t, echo)
  const blind = createServer(tlsOptions({ certificate: MINTED.server }), (request, response) =>
    request.pipe(response),
  )
  const blindPort = await listen(t, blind)
  const { proxy, secure, tunnel } = await startIntercepting(t, port)
  const through = (socket: Socket): RequestOptions => ({
    createConnection: () => socket,
    headers: { host: HOST },
  })
  const bodies = Array.from({ length: 3 * AT_ONCE }, () => randomBytes(SIZE))
  const digests = bodies.map(async (body, index) => {
    if (index % 3 === 0)
      return echoed({ host: '127.0.0.1', port: proxy.port, path: `http://${HOST}/`, agent: false }, body)
    if (index % 3 === 1) return echoed(through(await secure()), body)
    const authority = `127.0.0.1:${blindPort}`
    const { socket } = await tunnel(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    const tls = connect({ socket, ca: MINTED.authority.pem, servername: 'other.test' })
    return echoed(through(await secured(tls)), body)
  })
  assert.deepEqual(await Promise.all(digests), bodies.map(sha256))
})
