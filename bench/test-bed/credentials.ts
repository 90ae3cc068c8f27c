import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from '../../test/support/certificates.ts'

/** Paths of PEM files. */
export interface CredentialFiles {
  readonly cert: string
  readonly key: string
  /** The two in one, the certificate first. */
  readonly both: string
}

export interface Credentials {
  /** Path of the authority that signed everything here. */
  readonly ca: string
  readonly server: CredentialFiles
  /** The right identity, whose subject is `subject`; as long as the other, because answers are to have one length. */
  readonly client: CredentialFiles
  readonly subject: string
  /** An identity that the server accepts too, and that would be the wrong one. */
  readonly decoy: CredentialFiles
  readonly decoySubject: string
}

/** Certificates for a server with those names and for two clients, all EC P-256, as files in `folder`. */
export async function writeCredentials(
  folder: string,
  authority: Certificate,
  [name = '', ...names]: readonly string[],
): Promise<Credentials> {
  await mkdir(folder, { mode: 0o700 })
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, authority.pem)
  return {
    ca,
    server: await write(folder, 'server', await authority.server({ name, names })),
    client: await write(folder, 'client', await authority.client({ name: 'benchmark-first' })),
    subject: 'CN=benchmark-first',
    decoy: await write(folder, 'decoy', await authority.client({ name: 'benchmark-other' })),
    decoySubject: 'CN=benchmark-other',
  }
}

async function write(folder: string, name: string, certificate: Certificate): Promise<CredentialFiles> {
  const path = (extension: string) => join(folder, `${name}.${extension}`)
  const files = { cert: path('crt'), key: path('key'), both: path('pem') }
  await writeFile(files.cert, certificate.chain)
  await writeFile(files.key, certificate.key(), { mode: 0o600 })
  await writeFile(files.both, certificate.chain + certificate.key(), { mode: 0o600 })
  return files
}
