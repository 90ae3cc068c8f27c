import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'

/**
 * TLS with a runner, as the server it asked for. `fromRunner` is what was read of `socket` already, its ClientHello above
 * all; `protocol` is what ALPN agrees on, null for none. Rejects with Node's error when the runner ends the handshake;
 * stays pending when it just closes the connection, whose owner is told.
 */
export function acceptTls(
  socket: Socket,
  fromRunner: Buffer | null,
  secureContext: SecureContext,
  protocol: string | null,
): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  if (fromRunner !== null) socket.unshift(fromRunner)
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ...(protocol === null ? {} : { ALPNProtocols: [protocol] }),
  })
  const onEnd = () => reject(new RunnerLeft())
  tls.once('error', reject)
  // Only who reads learns of an end; there is nothing else to read before the handshake is complete.
  tls.once('end', onEnd).resume()
  tls.once('secure', () => {
    tls.off('end', onEnd).pause()
    // 'close' follows every later error and says all that is needed.
    tls.on('error', () => {})
    // Only `tls.Server` does this, and node:http2 waits for it.
    Object.assign(tls, { secureConnecting: false })
    resolve(tls)
  })
  return promise
}

/** The runner ended the connection in the handshake and did not say why. */
export class RunnerLeft extends Error {
  override readonly name = 'RunnerLeft'
}

/** Alerts (RFC 8446 section 6.2) by which a runner says that it does not trust the certificate it was shown. */
const DISTRUST = /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE)$/

/** The alert by which the runner refused our certificate, such as `unknown_ca`; null for any other error. */
export function distrustAlert(error: NodeJS.ErrnoException): string | null {
  const alert = DISTRUST.exec(error.code ?? '')?.[0]
  return alert === undefined ? null : alert.slice('ALERT_'.length).toLowerCase()
}
