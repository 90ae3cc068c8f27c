import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Certificate, createAuthority } from '../test/support/certificates.ts'

interface Files {
  /** Paths of PEM files. */
  readonly cert: string
  readonly key: string
}

export interface Credentials {
  /** Path of the authority that signed everything here. */
  readonly ca: string
  readonly server: Files
  /** The right identity, whose subject is `subject`. */
  readonly client: Files
  readonly subject: string
  /** An identity that the server accepts too, and that would be the wrong one. */
  readonly decoy: Files
}

/** Certificates for the server `host` and for two clients, all EC P-256, as files in `folder`. */
export async function writeCredentials(folder: string, host: string): Promise<Credentials> {
  await mkdir(folder, { mode: 0o700 })
  const authority = await createAuthority({ name: 'Benchmark CA' })
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, authority.pem)
  return {
    ca,
    server: await write(folder, 'server', await authority.server({ name: host })),
    client: await write(folder, 'client', await authority.client({ name: 'benchmark-client' })),
    subject: 'CN=benchmark-client',
    decoy: await write(folder, 'decoy', await authority.client({ name: 'benchmark-decoy' })),
  }
}

async function write(folder: string, name: string, certificate: Certificate): Promise<Files> {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  await writeFile(files.cert, certificate.chain)
  await writeFile(files.key, certificate.key(), { mode: 0o600 })
  return files
}
