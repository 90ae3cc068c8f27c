import { CerthopError } from '../core/errors.ts'
import type { Target } from '../http1/target.ts'
import type { Selection } from '../registry/selection.ts'
import type { Route } from '../upstream/route.ts'

/** What the settings say of requests to hosts with and without a certificate. */
export interface Policy {
  readonly plainHttp: 'upgrade' | 'reject'
  readonly unmatched: 'forward' | 'reject'
  /** True for a host that is never reached without a certificate. */
  readonly requiresCertificate: (host: string) => boolean
}

/** The port that a certificate would be presented on: a request in clear to port 80 is upgraded to 443. */
export function certificatePort(target: { scheme: 'http' | 'https'; port: number }): number {
  return target.scheme === 'http' && target.port === 80 ? 443 : target.port
}

/**
 * Where the request goes, and as whom.
 *
 * ```
 *                     http://                        https://
 * entry wins          TLS, its certificate           TLS, its certificate
 *   … but is broken   its error                      its error
 * no entry            in clear                       TLS, no certificate
 * ```
 * `address` is the one to dial whatever the host resolves to, or null. Throws the entry's error, `plain_http_refused` or
 * `certificate_required`.
 */
export function planRequest(
  target: Target,
  selection: Selection,
  policy: Policy,
  address: string | null = null,
): Route {
  const { scheme, host } = target
  if (selection.entry === null) {
    checkUnmatched(host, policy)
    return { host, address, port: target.port, tls: scheme === 'https', identity: null }
  }
  if (scheme === 'http' && policy.plainHttp === 'reject') {
    throw new CerthopError(
      'plain_http_refused',
      `${host} has a certificate, and the request would leave the runner in clear`,
      {
        hint: 'Request the https:// URL, or set `plainHttp: upgrade`.',
      },
    )
  }
  const identity = usableIdentity(selection)
  return { host, address, port: certificatePort(target), tls: true, identity }
}

/** Throws `certificate_required` where a host without a certificate must not be reached. */
export function checkUnmatched(host: string, policy: Policy): void {
  const refusal = refusalOfUnmatched(host, policy)
  if (refusal !== null) throw refusal
}

/** The same as an error to be thrown, or null. */
export function refusalOfUnmatched(host: string, policy: Policy): CerthopError | null {
  if (policy.unmatched === 'forward' && !policy.requiresCertificate(host)) return null
  return new CerthopError('certificate_required', `No registry entry matches ${host}`, {
    hint: 'Add an entry for it; `certhop explain` shows what matches.',
  })
}

/** A broken entry never gives way to another one, nor to none. */
function usableIdentity(selection: Selection) {
  if (selection.error !== null) throw selection.error
  if (selection.identity !== null) return selection.identity
  throw new CerthopError('client_certificate_invalid', 'The entry has no usable certificate')
}
