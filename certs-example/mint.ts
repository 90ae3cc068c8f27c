// Mints the example certificates anew, in this folder: `node certs-example/mint.ts`. The authority's key is thrown away.
import { chmodSync, writeFileSync } from 'node:fs'
import { type Certificate, createAuthority } from '../test/support/certificates.ts'

const PASSPHRASE = 'published-on-purpose'

const subject = {
  organization: 'certhop example',
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2066-01-01T00:00:00Z'),
}

function write(name: string, text: string, mode: number): void {
  const path = new URL(name, import.meta.url)
  writeFileSync(path, text)
  chmodSync(path, mode)
}

function writePair(name: string, certificate: Certificate, passphrase?: string): void {
  write(`${name}.crt`, certificate.chain, 0o644)
  write(`${name}.key`, certificate.key(passphrase), 0o600)
}

const authority = await createAuthority({ ...subject, name: 'Example CA that nobody should trust' })
write('ca.crt', authority.pem, 0o644)

const names = ['*.example.test', 'example.test', '127.0.0.1', '::1']
writePair('server', await authority.server({ ...subject, name: 'localhost', names }))
writePair('checks', await authority.client({ ...subject, name: 'checks' }))
writePair('payments', await authority.client({ ...subject, name: 'payments' }), PASSPHRASE)
write('payments.passphrase', `${PASSPHRASE}\n`, 0o600)
