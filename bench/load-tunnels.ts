// What wrk cannot do: for every request a new connection, CONNECT, a full TLS handshake checked against the peer's
// authority, the request, a check of the answer, and an orderly end. The argument is a `Load` as JSON; the result goes
// to stderr as JSON.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { createSecureContext, connect as secure } from 'node:tls'
import type { Load, LoadResult } from './load.ts'

const TIMEOUT = 10_000

const { scenario, url, authority, host, port, subject, seconds } = JSON.parse(process.argv[2] ?? '') as Load
const proxyPort = Number(new URL(url).port)
const connectRequest = `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`
const request = `GET ${scenario.path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`
// One suite and one group; otherwise peers would be measured by what their version of OpenSSL prefers.
const secureContext = createSecureContext({
  ca: readFileSync(authority ?? ''),
  minVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  ecdhCurve: 'X25519',
})

const milliseconds: number[] = []
let wrong = 0
let firstWrong = ''
let errors = 0
let firstError = ''

/** One tunnel from its first packet to its last; throws when it brings no answer, or does not end in order. */
async function tunnel(): Promise<string> {
  const connection = connect({ port: proxyPort, host: '127.0.0.1', noDelay: true })
  const timer = setTimeout(() => connection.destroy(new Error('timed out')), TIMEOUT)
  try {
    const [answer] = await Promise.all([exchange(connection), once(connection, 'close')])
    return answer
  } finally {
    clearTimeout(timer)
    connection.destroy()
  }
}

/** The answer to the request, or the one to CONNECT when that was refused. */
async function exchange(connection: Socket): Promise<string> {
  connection.write(connectRequest)
  const accepted = await receive(connection, text => text.includes('\r\n\r\n'))
  if (!/^HTTP\/1\.[01] 200 /.test(accepted)) {
    connection.destroy()
    return accepted
  }
  const secured = secure({ socket: connection, servername: host, secureContext })
  secured.write(request)
  const response = await receive(secured, isComplete)
  secured.end()
  return response
}

/** Reads until `isEnough`; throws when the connection ends or breaks before. */
function receive(socket: Socket, isEnough: (text: string) => boolean): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  const onData = (bytes: Buffer) => {
    text += bytes.toString('latin1')
    if (!isEnough(text)) return
    socket.off('data', onData)
    resolve(text)
  }
  socket.on('data', onData).once('error', reject)
  socket.once('close', () => reject(new Error('closed too early')))
  return promise
}

function isComplete(response: string): boolean {
  const headEnd = response.indexOf('\r\n\r\n')
  if (headEnd === -1) return false
  const length = Number(/^content-length: *(\d+)/im.exec(response)?.[1])
  return !(response.length < headEnd + 4 + length)
}

function isRight(response: string): boolean {
  const body = response.slice(response.indexOf('\r\n\r\n') + 4)
  const identity =
    scenario.identityIn === 'body'
      ? body.slice(0, subject.length)
      : /^x-client-subject: *(.*?) *\r$/im.exec(response)?.[1]
  return /^HTTP\/1\.1 200 /.test(response) && body.length === scenario.bodyBytes && identity === subject
}

async function oneTunnelAfterTheOther(until: number): Promise<void> {
  for (let start = performance.now(); start < until; start = performance.now()) {
    try {
      const response = await tunnel()
      milliseconds.push(performance.now() - start)
      if (isRight(response)) continue
      wrong++
      firstWrong ||= response.slice(0, 500)
    } catch (error) {
      errors++
      firstError ||= String(error)
    }
  }
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const start = performance.now()
await Promise.all(
  Array.from({ length: scenario.connections }, () => oneTunnelAfterTheOther(start + seconds * 1000)),
)
const sorted = Float64Array.from(milliseconds).sort()
const result: LoadResult = {
  requests: milliseconds.length,
  seconds: (performance.now() - start) / 1000,
  wrong,
  firstWrong,
  errors,
  firstError,
  p50: percentile(sorted, 0.5),
  p99: percentile(sorted, 0.99),
}
process.stderr.write(JSON.stringify(result))
