import { type CerthopError, ERRORS } from '../core/errors.ts'

/** Reason phrases of the statuses in the table. */
const REASONS: Readonly<Record<(typeof ERRORS)[keyof typeof ERRORS]['status'], string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  508: 'Loop Detected',
}

/** What is known of the request that failed. */
export interface FailedRequest {
  readonly requestId: string
  readonly host: string | null
  /** The id of the registry entry that won. */
  readonly certificate: string | null
  /** HEAD gets no body. */
  readonly method: string | null
}

/** What a failed request is answered with, whatever the protocol: Proxy-Status (RFC 9209) for machines along the way, problem+json (RFC 9457) for whoever reads it. */
export function describeError(error: CerthopError, request: FailedRequest) {
  const { status, proxyStatus, title } = ERRORS[error.code]
  const problem = {
    type: `urn:certhop:error:${error.code}`,
    title,
    status,
    detail: error.message,
    hint: error.hint,
    host: request.host ?? undefined,
    certificate: request.certificate ?? undefined,
    requestId: request.requestId,
  }
  return {
    status,
    proxyStatus: `certhop; error=${proxyStatus}; details=${structuredString(error.message)}`,
    body: Buffer.from(`${JSON.stringify(problem)}\n`),
  }
}

/** The whole answer in HTTP/1.1. */
export function errorAnswer(
  error: CerthopError,
  request: FailedRequest,
  connection: 'close' | 'keep-alive' | null,
): string {
  const { status, proxyStatus, body } = describeError(error, request)
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Proxy-Status: ${proxyStatus}`,
    'Content-Type: application/problem+json',
    'Cache-Control: no-store',
    `Content-Length: ${body.length}`,
  ]
  if (status === 407) head.push('Proxy-Authenticate: Basic realm="certhop"')
  if (connection !== null) head.push(`Connection: ${connection}`)
  const text = `${head.join('\r\n')}\r\n\r\n`
  return request.method === 'HEAD' ? text : text + body.toString('latin1')
}

/** An sf-string (RFC 9651 section 3.3.3) holds printable ASCII only. */
function structuredString(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}
