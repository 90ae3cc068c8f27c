import type { PeerCertificate } from 'node:tls'

/**
 * The user that a runner's certificate, which was verified, stands for: the common name of its subject, or else the first
 * DNS name or URI among its alternative names (RFC 5280 section 4.2.1.6). Empty for a certificate that has none of them.
 */
export function nameOfRunner({ subject, subjectaltname = '' }: NamedCertificate): string {
  const [commonName] = [subject?.CN ?? []].flat()
  if (commonName !== undefined) return commonName
  // Node quotes what is written like several names; nobody means that.
  return subjectaltname.includes('"') ? '' : (ALTERNATIVE.exec(subjectaltname)?.[1] ?? '')
}

type NamedCertificate = Partial<Pick<PeerCertificate, 'subject' | 'subjectaltname'>>

const ALTERNATIVE = /(?:^|, )(?:DNS|URI):([^,]+)/
