import type { ErrorCode } from '../../../src/core/errors.ts'

/** What to do about each error, as the last column of docs/errors.md says it; a test keeps the two equal. */
export const ADVICE: Readonly<Record<ErrorCode, string>> = {
  bad_request:
    "Fix the client; the answer's detail names the fault. `http://` is how the proxy itself is spoken to, also in `HTTPS_PROXY`",
  not_a_proxy_request: "Set certhop as the proxy, and request the API's own URL",
  proxy_authentication_required:
    'Set the proxy as `http://USER:PASSWORD@HOST:PORT`; `@`, `:`, `/` and `%` in them are percent-encoded. Give the runner a certificate; the log says what is wrong with the one it has shown',
  destination_denied: 'Change that setting, if the request is meant; `hint` names it',
  certificate_required: 'Add an entry; `certhop explain` shows what matches',
  plain_http_refused: 'Request `https://`',
  header_timeout: 'Look at the client, or at the network between',
  header_too_large: 'Send less, or raise the limit',
  not_implemented: 'Leave the coding out; send CONNECT to the proxy itself',
  too_many_connections: 'Reuse connections, or raise the limit',
  shutting_down: 'Try again',
  loop_detected: "Put the API's URL into the request, and certhop's only into the proxy variables",
  dns_failed: 'Check the name, or set it under `resolve`',
  connection_refused: 'Check host and port',
  connection_reset:
    "Look at the server's log. Some servers do this instead of saying that they refuse a certificate",
  connect_timeout: 'Check host, port and firewall',
  handshake_timeout: 'Check that the port speaks TLS',
  response_timeout: 'Look at the server, or raise the timeout',
  server_certificate_untrusted: 'Set `ca` in the entry',
  server_certificate_expired: 'Renew it; check the clocks',
  server_name_mismatch: 'Check the host in the URL, and `resolve`',
  server_pin_mismatch: 'Ask those who run the server whether the key is theirs, and pin it then',
  client_certificate_missing_file: '`certhop check` names file and line',
  client_certificate_invalid: '`certhop check` says what is wrong with it',
  client_certificate_expired: 'Add the new one',
  client_key_mismatch: 'Use the key that the certificate was requested with',
  passphrase_wrong: 'Check `passphrase` of the entry',
  secret_unavailable: "Set it where certhop runs; the answer's hint names the recipient to encrypt to",
  client_certificate_rejected: "The answer's hint says what the alert means, and so does `certhop doctor`",
  client_certificate_demanded: 'Add an entry',
  tls_protocol: 'Compare TLS versions and ciphers; check that the port speaks TLS',
  bad_response: "Fix the server; the answer's detail names the fault",
  egress_proxy_failed:
    "The answer's hint says what the status means: 407 user and password, 403 a host or port that it forbids, 5xx a host that it can't reach",
}
