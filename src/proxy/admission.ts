import { CerthopError } from '../core/errors.ts'
import { groupsOf, NO_GROUPS } from '../core/groups.ts'
import { parseBasicCredentials } from '../http1/basic-credentials.ts'

/** Who sends a request: a connection. */
export interface Runner {
  readonly remoteAddress: string
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
    if (proxyAuthorization === null) return NO_GROUPS
    const credentials = parseBasicCredentials(proxyAuthorization)
    if (credentials !== null) return groupsOf(credentials.user)
    throw new CerthopError('bad_request', 'The Proxy-Authorization field cannot be read', {
      hint: 'Send one field of the Basic scheme: http://GROUP@HOST:PORT as the proxy does.',
    })
  },
  forget() {},
}
