import { CerthopError } from '../core/errors.ts'
import { groupsOf } from '../core/groups.ts'
import { parseBasicCredentials } from '../http1/basic-credentials.ts'

/** Who sends a request: a connection. */
export interface Runner {
  readonly remoteAddress: string
  /** The user that its certificate stands for; null when it has shown none that is good, or was not asked. */
  readonly certifiedName: string | null
}

/** Decides whether a request is answered at all, and which groups it is of. */
export interface Admission {
  /**
   * The groups of a request, by the value of its Proxy-Authorization field: at once, or later where that takes a while.
   * Throws, or rejects with, `proxy_authentication_required` or `bad_request`. A runner asks for one request at a time.
   */
  admit(proxyAuthorization: string | null, runner: Runner): readonly string[] | Promise<readonly string[]>
  /** The runner has gone, and what it asked need not be answered. */
  forget(runner: Runner): void
}

/**
 * Admits everybody: the user name says the groups, whatever the password. What can't be read is refused, because a
 * runner that names a group badly would get another certificate than it means.
 */
export const openAdmission: Admission = {
  admit(proxyAuthorization) {
    return groupsOf(userOf(proxyAuthorization) ?? '')
  },
  forget() {},
}

/** Admits runners by their certificate, whose name says the groups. One that also names a user must name the same one. */
export const certifiedAdmission: Admission = {
  admit(proxyAuthorization, { certifiedName }) {
    if (certifiedName === null) {
      throw new CerthopError('proxy_authentication_required', 'The runner has shown no valid certificate', {
        hint: 'Give it a certificate of an authority in `listen.tls.clientCa`: curl has --proxy-cert and --proxy-key.',
      })
    }
    const user = userOf(proxyAuthorization)
    if (user === null || user === '' || user === certifiedName) return groupsOf(certifiedName)
    throw new CerthopError('bad_request', 'The proxy user is another one than the certificate stands for', {
      hint: 'Leave the user out of the URL of the proxy: the certificate says who the runner is.',
    })
  },
  forget() {},
}

/** Null without credentials. Throws `bad_request`. */
function userOf(proxyAuthorization: string | null): string | null {
  if (proxyAuthorization === null) return null
  const credentials = parseBasicCredentials(proxyAuthorization)
  if (credentials !== null) return credentials.user
  throw new CerthopError('bad_request', 'The Proxy-Authorization field cannot be read', {
    hint: 'Send one field of the Basic scheme: http://GROUP@HOST:PORT as the proxy does.',
  })
}
