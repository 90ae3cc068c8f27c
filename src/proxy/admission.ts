import { CerthopError } from '../core/errors.ts'
import { groupsOf, NO_GROUPS } from '../core/groups.ts'
import { parseBasicCredentials } from '../http1/basic-credentials.ts'

/**
 * The groups of a request, by the value of its Proxy-Authorization field: the user name says them, whatever the password.
 * Throws `bad_request` for what can't be read, because a runner that names a group badly would get another certificate
 * than it means.
 */
export function admit(proxyAuthorization: string | null): readonly string[] {
  if (proxyAuthorization === null) return NO_GROUPS
  const credentials = parseBasicCredentials(proxyAuthorization)
  if (credentials !== null) return groupsOf(credentials.user)
  throw new CerthopError('bad_request', 'The Proxy-Authorization field cannot be read', {
    hint: 'Send one field of the Basic scheme: http://GROUP@HOST:PORT as the proxy does.',
  })
}
