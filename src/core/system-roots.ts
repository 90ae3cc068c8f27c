import { getCACertificates } from 'node:tls'

/**
 * What this process trusts beyond `ca`, as PEM: Node's list (NODE_EXTRA_CA_CERTS included) and the operating system's. The
 * first call of a process reads the system's store, some 20 to 50 ms on the event loop.
 */
export function systemRoots(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}
