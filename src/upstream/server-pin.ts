import { hash, type X509Certificate } from 'node:crypto'
import { CerthopError } from '../core/errors.ts'
import type { Route } from './route.ts'

/**
 * Throws `server_pin_mismatch` unless the server's own certificate has a key that the identity's policy names, where it
 * names any (RFC 7469 section 2.4). Its chain has to be verified besides: a pin makes nobody trusted.
 */
export function checkPin({ host, port, identity }: Route, certificate: X509Certificate | undefined): void {
  const pins = identity?.tls.pins ?? []
  if (pins.length === 0) return
  const key = certificate?.publicKey.export({ type: 'spki', format: 'der' })
  const digest = key === undefined ? 'none' : hash('sha256', key, 'base64')
  if (pins.includes(digest)) return
  const pinned = `\`tls.pin\` of \`${identity?.id}\` does not name`
  throw new CerthopError(
    'server_pin_mismatch',
    `The certificate of ${host}:${port} is trusted, but its key is sha256/${digest}, which ${pinned}`,
    {
      hint: 'Ask those who run the server whether they have a new key, and pin it then; otherwise somebody may be in between.',
    },
  )
}
