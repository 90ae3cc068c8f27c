import { CerthopError, type ErrorCode } from '../core/errors.ts'
import type { TlsPolicy } from '../identity/tls-policy.ts'
import { outOfDescriptors } from './descriptors.ts'
import { type Route, serverNameOf } from './route.ts'

/**
 * The one place where the codes of Node and OpenSSL become ours.
 */

/** What is known of the connection on which an error came. */
export interface Circumstances {
  readonly route: Route
  /** The server had presented its certificate, so the handshake was past the choice of versions and ciphers. */
  readonly sawServerCertificate: boolean
}

/** Alerts (RFC 8446 section 6.2) by which a server says that it does not want the client certificate it got, or got none. */
const CERTIFICATE_ALERTS: Readonly<Record<string, string>> = {
  BAD_CERTIFICATE:
    'The server could not verify it: check that the entry has the right certificate, with its intermediates.',
  UNSUPPORTED_CERTIFICATE:
    'The server does not take this type of certificate: check its key type and extended key usage (clientAuth).',
  CERTIFICATE_REVOKED: 'The certificate was revoked: get a new one and add it to the registry.',
  CERTIFICATE_EXPIRED: "The server finds it expired: check the certificate's dates and the server's clock.",
  CERTIFICATE_UNKNOWN:
    'The server refused it without saying why: ask those who run it which certificates it accepts.',
  UNKNOWN_CA:
    'The server does not know its issuer: add the missing intermediates after the leaf, or use a certificate of an authority that the server trusts.',
  ACCESS_DENIED: 'The certificate is valid, but this client may not enter: ask those who run the server.',
  CERTIFICATE_REQUIRED: 'The server demands a certificate and got none it could use.',
}

/** OpenSSL's codes for alerts; those of extensions of TLS 1.0 (RFC 6066 section 9) don't say that they are alerts. */
const ALERT = /(?:ALERT_|^ERR_SSL_TLSV1_)(?!ALERT_)([A-Z_]+)$/

const EXPIRED = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

const NETWORK_ERRORS: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  EADDRNOTAVAIL: 'connection_refused',
  EACCES: 'connection_refused',
  ETIMEDOUT: 'connect_timeout',
}

/** Translates an error of a socket or of a TLS connection. Anything unknown on a socket is a broken connection. */
export function translateError(cause: NodeJS.ErrnoException, circumstances: Circumstances): CerthopError {
  const code = cause.code ?? ''
  const { route } = circumstances
  const server = `${route.host}:${route.port}`
  const alert = ALERT.exec(code)?.[1]
  if (alert !== undefined) return alertError(alert, server, circumstances, cause)
  if (code.startsWith('ERR_SSL_')) return protocolError(code, server, route, cause)
  const exhausted = outOfDescriptors(cause, `Connecting to ${server}`)
  if (exhausted !== null) return exhausted
  const networkError = NETWORK_ERRORS[code]
  if (networkError !== undefined) {
    const hint = code === 'ECONNREFUSED' ? 'Check host and port, and that the server runs.' : undefined
    return new CerthopError(networkError, `Connecting to ${server} failed: ${code}`, {
      ...(hint === undefined ? {} : { hint }),
      cause,
    })
  }
  return closedEarly(route, cause)
}

/** The server ended the connection before its response was complete. */
export function closedEarly(route: Route, cause?: Error): CerthopError {
  return new CerthopError(
    'connection_reset',
    `${route.host}:${route.port} closed the connection before the response was complete`,
    {
      ...(route.identity === null
        ? {}
        : { hint: 'Some servers do this instead of saying that they refuse a certificate.' }),
      cause,
    },
  )
}

/** Translates why the server's certificate was not accepted; `reason` is Node's code for it. */
export function translateVerifyError(
  cause: NodeJS.ErrnoException,
  reason: string,
  route: Route,
): CerthopError {
  const host = serverNameOf(route)
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID' || reason === 'HOSTNAME_MISMATCH') {
    return new CerthopError('server_name_mismatch', `The server's certificate is not for ${host}`, {
      hint:
        host === route.host
          ? 'Check the host in the URL, and where `resolve` leads.'
          : `Check \`tls.serverName\` of the entry \`${route.identity?.id}\`.`,
      cause,
    })
  }
  if (EXPIRED.has(reason)) {
    return new CerthopError(
      'server_certificate_expired',
      `The certificate of ${host} is expired or not valid yet (${reason})`,
      {
        hint: 'Have it renewed by those who run the server, or correct the clock of this machine.',
        cause,
      },
    )
  }
  return new CerthopError(
    'server_certificate_untrusted',
    `The certificate of ${host} is not trusted (${reason})`,
    {
      hint: 'Add its authority as `ca` to the registry entry, or to the roots of the system.',
      cause,
    },
  )
}

function alertError(alert: string, server: string, circumstances: Circumstances, cause: Error): CerthopError {
  const name = alert.toLowerCase()
  const presented = circumstances.route.identity !== null
  const advice = CERTIFICATE_ALERTS[alert]
  if (advice !== undefined && presented) {
    return new CerthopError(
      'client_certificate_rejected',
      `${server} rejected the client certificate: ${name}`,
      { hint: advice, cause },
    )
  }
  // Up to TLS 1.2 a missing certificate is answered with handshake_failure, which also stands for much else; only
  // after the server's own certificate does it speak of ours.
  const demanded =
    advice !== undefined || (alert === 'HANDSHAKE_FAILURE' && circumstances.sawServerCertificate)
  if (demanded && !presented) {
    return new CerthopError(
      'client_certificate_demanded',
      `${server} demands a client certificate: ${name}`,
      {
        hint: 'Add a registry entry whose host pattern matches it.',
        cause,
      },
    )
  }
  if (demanded) {
    return new CerthopError(
      'client_certificate_rejected',
      `${server} rejected the client certificate: ${name}`,
      { cause },
    )
  }
  return new CerthopError('tls_protocol', `${server} ended the TLS handshake: ${name}`, {
    hint:
      alert === 'UNRECOGNIZED_NAME' ? nameAdvice(circumstances.route) : protocolAdvice(circumstances.route),
    cause,
  })
}

function nameAdvice({ identity }: Route): string {
  const setting = identity === null ? '' : `, and \`tls.serverName\` of the entry \`${identity.id}\``
  return `The server has no certificate for the name that it was asked for: check the host in the URL${setting}.`
}

function protocolError(code: string, server: string, route: Route, cause: Error): CerthopError {
  const reason = code.slice('ERR_SSL_'.length).toLowerCase()
  const clearText = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)
  return new CerthopError('tls_protocol', `TLS with ${server} failed: ${reason}`, {
    hint: clearText ? 'The port does not speak TLS: check the port.' : protocolAdvice(route),
    cause,
  })
}

function protocolAdvice({ identity }: Route): string {
  const setting = identity === null ? null : versionLimit(identity.tls)
  if (setting === null) return 'Compare the TLS versions and ciphers of both sides.'
  return `Check whether the server speaks what \`${setting}\` of the entry \`${identity?.id}\` allows.`
}

/** What of an entry rules out a version that would be spoken otherwise. */
function versionLimit({ minVersion, maxVersion }: TlsPolicy): string | null {
  if (minVersion === 'TLSv1.3') return `tls.minVersion: ${minVersion}`
  return maxVersion === 'TLSv1.2' ? `tls.maxVersion: ${maxVersion}` : null
}
