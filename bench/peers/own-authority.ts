import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority } from '../../test/support/certificates.ts'
import type { CredentialFiles } from '../test-bed/credentials.ts'

/** An authority for a peer that opens tunnels, as PEM files in its folder: EC P-256, as everybody's. */
export async function writeOwnAuthority(folder: string, name: string): Promise<CredentialFiles> {
  const authority = await createAuthority({ name })
  const path = (extension: string) => join(folder, `authority.${extension}`)
  const files = { cert: path('crt'), key: path('key'), both: path('pem') }
  await writeFile(files.cert, authority.pem)
  await writeFile(files.key, authority.key(), { mode: 0o600 })
  await writeFile(files.both, authority.pem + authority.key(), { mode: 0o600 })
  return files
}
