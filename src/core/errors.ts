/**
 * Every failure that certhop reports, and what it becomes on the wire.
 *
 * `status` is the HTTP status of the answer, `proxyStatus` the error type of the Proxy-Status field
 * (RFC 9209 section 2.3), `title` the problem's title (RFC 9457). docs/errors.md lists the same table;
 * a test keeps the two equal.
 */
export const ERRORS = {
  bad_request: { status: 400, proxyStatus: 'http_request_error', title: 'The request is not valid HTTP/1.x' },
  not_a_proxy_request: {
    status: 400,
    proxyStatus: 'http_request_error',
    title: 'This is a proxy, and the request names no host',
  },
  proxy_authentication_required: {
    status: 407,
    proxyStatus: 'http_request_denied',
    title: 'The proxy asks for a user name and a password',
  },
  destination_denied: {
    status: 403,
    proxyStatus: 'destination_ip_prohibited',
    title: 'This destination is never dialled',
  },
  certificate_required: {
    status: 403,
    proxyStatus: 'http_request_denied',
    title: 'No certificate matches, and one is required',
  },
  plain_http_refused: {
    status: 403,
    proxyStatus: 'http_request_denied',
    title: 'http:// is refused for a host with a certificate',
  },
  header_timeout: { status: 408, proxyStatus: 'http_request_error', title: 'The request head took too long' },
  header_too_large: {
    status: 431,
    proxyStatus: 'http_request_error',
    title: 'The request head is too large',
  },
  not_implemented: {
    status: 501,
    proxyStatus: 'http_request_error',
    title: 'The request asks for something that is not supported',
  },
  loop_detected: {
    status: 508,
    proxyStatus: 'proxy_loop_detected',
    title: 'The request came back to this proxy',
  },
  too_many_connections: {
    status: 503,
    proxyStatus: 'connection_limit_reached',
    title: 'Too many connections',
  },
  shutting_down: { status: 503, proxyStatus: 'proxy_internal_error', title: 'The proxy is shutting down' },
  dns_failed: { status: 502, proxyStatus: 'dns_error', title: 'The host name could not be resolved' },
  connection_refused: {
    status: 502,
    proxyStatus: 'connection_refused',
    title: 'The server refused the connection',
  },
  connection_reset: {
    status: 502,
    proxyStatus: 'connection_terminated',
    title: 'The server closed the connection too early',
  },
  connect_timeout: {
    status: 504,
    proxyStatus: 'connection_timeout',
    title: 'Connecting to the server took too long',
  },
  handshake_timeout: {
    status: 504,
    proxyStatus: 'connection_timeout',
    title: 'The TLS handshake took too long',
  },
  response_timeout: {
    status: 504,
    proxyStatus: 'http_response_timeout',
    title: 'The server took too long to answer',
  },
  server_certificate_untrusted: {
    status: 502,
    proxyStatus: 'tls_certificate_error',
    title: "The server's certificate is not trusted",
  },
  server_certificate_expired: {
    status: 502,
    proxyStatus: 'tls_certificate_error',
    title: "The server's certificate is not valid at this time",
  },
  server_name_mismatch: {
    status: 502,
    proxyStatus: 'tls_certificate_error',
    title: "The server's certificate is for another name",
  },
  server_pin_mismatch: {
    status: 502,
    proxyStatus: 'tls_certificate_error',
    title: "The server's key is not one that the entry pins",
  },
  client_certificate_missing_file: {
    status: 502,
    proxyStatus: 'proxy_configuration_error',
    title: 'A file of the client certificate cannot be read',
  },
  client_certificate_invalid: {
    status: 502,
    proxyStatus: 'proxy_configuration_error',
    title: 'The client certificate or its key cannot be used',
  },
  client_certificate_expired: {
    status: 502,
    proxyStatus: 'proxy_configuration_error',
    title: 'The client certificate has expired',
  },
  client_key_mismatch: {
    status: 502,
    proxyStatus: 'proxy_configuration_error',
    title: 'The key does not belong to the client certificate',
  },
  passphrase_wrong: {
    status: 502,
    proxyStatus: 'proxy_configuration_error',
    title: 'The passphrase of the key is wrong or missing',
  },
  secret_unavailable: {
    status: 502,
    proxyStatus: 'proxy_configuration_error',
    title: 'A secret that the entry refers to cannot be read',
  },
  client_certificate_rejected: {
    status: 502,
    proxyStatus: 'tls_alert_received',
    title: 'The server rejected the client certificate',
  },
  client_certificate_demanded: {
    status: 502,
    proxyStatus: 'tls_alert_received',
    title: 'The server demands a client certificate, and no entry matches',
  },
  tls_protocol: { status: 502, proxyStatus: 'tls_protocol_error', title: 'The TLS handshake failed' },
  bad_response: {
    status: 502,
    proxyStatus: 'http_protocol_error',
    title: "The server's response is not valid HTTP/1.x",
  },
  egress_proxy_failed: {
    status: 502,
    proxyStatus: 'destination_unavailable',
    title: 'The egress proxy did not let the request through',
  },
} as const satisfies Record<string, { status: number; proxyStatus: string; title: string }>

export type ErrorCode = keyof typeof ERRORS

interface Details {
  /** What to do about it, as a sentence. */
  hint?: string
  cause?: unknown
}

/** The one error class: `code` decides the answer, `message` says what happened, `hint` what to do. */
export class CerthopError extends Error {
  override readonly name = 'CerthopError'
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint
  }
}
