import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpProblem } from './http-problem.ts'

/** What a request is answered with. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Takes the response over when its head is sent, in the place of a body. */
  readonly stream?: (response: ServerResponse) => void
}

/**
 * Sent with everything. The page needs no other origin, no inline script or style, and no frame around it, and nothing
 * that was not declared as a script is ever run as one.
 */
const SECURITY = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

export function json(value: object, status = 200): Answer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: `${JSON.stringify(value)}\n` }
}

export function problemAnswer(problem: HttpProblem): Answer {
  const headers = { 'Content-Type': 'application/problem+json', ...problem.headers }
  return { status: problem.status, headers, body: `${JSON.stringify(problem)}\n` }
}

/** Sends an answer; to HEAD its head alone. What is still to come of a request is read and forgotten by Node. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, headers = {}, body = '', stream } = answer
  const fields = { ...SECURITY, ...headers }
  if (stream !== undefined && request.method !== 'HEAD') {
    response.writeHead(status, fields)
    response.flushHeaders()
    stream(response)
    return
  }
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': Buffer.byteLength(body) }
  response.writeHead(status, { ...fields, ...length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** An answer as octets, for what came in a form that Node's server has no response for. */
export function rawAnswer(problem: HttpProblem): string {
  const { status, headers = {}, body = '' } = problemAnswer(problem)
  const fields = { ...SECURITY, ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${problem.toJSON().title}\r\n${lines.join('')}\r\n${body}`
}
