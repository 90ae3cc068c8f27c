import type { SecureContext } from 'node:tls'
import { createSecureContext, type SecureContextOptions, setDefaultCACertificates } from 'node:tls'
import { systemRoots } from '../core/system-roots.ts'

let loaded = false

/**
 * Makes Node's list of roots (NODE_EXTRA_CA_CERTS included) together with the operating system's the default of every TLS
 * context of the process that is created without `ca`. Such contexts share one store. The first call reads the system's
 * store, some 20 to 50 ms; further ones do nothing.
 */
function useSystemRoots(): void {
  if (loaded) return
  setDefaultCACertificates(systemRoots())
  loaded = true
}

/**
 * A TLS context that trusts `ca` alone, the system's roots alone (null), or both. A list with all the roots would cost
 * nine milliseconds and a megabyte a context; added to the shared store `ca` costs what it costs by itself.
 */
export function createTrustingContext(
  options: SecureContextOptions,
  ca: readonly string[] | null,
  systemRoots: boolean,
): SecureContext {
  if (ca !== null && !systemRoots) return createSecureContext({ ...options, ca: [...ca] })
  useSystemRoots()
  const secureContext = createSecureContext(options)
  for (const certificate of ca ?? []) secureContext.context.addCACert(certificate)
  return secureContext
}
