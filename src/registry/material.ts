import { CerthopError } from '../core/errors.ts'
import type { GivenFile } from '../identity/inspect.ts'
import { IdentityLoader } from '../identity/load.ts'
import {
  type AgeIdentitySource,
  type IdentitySource,
  isAgeFile,
  type PassphraseSource,
} from '../identity/source.ts'
import { DEFAULT_TLS_POLICY } from '../identity/tls-policy.ts'
import { type CopiedPart, fileNameOf } from './copied-files.ts'
import { FileStates } from './file-states.ts'

/** A file to copy; one that is encrypted stays so. */
export type MaterialFile = GivenFile

/** The files of a new entry by their keys in the registry. */
export type Material = (
  | { readonly cert: MaterialFile; readonly key: MaterialFile }
  | { readonly pkcs12: MaterialFile }
) & {
  readonly ca?: MaterialFile
}

/** The passphrase itself, or the variable that holds it. */
export type GivenPassphrase = Extract<PassphraseSource, { readonly kind: 'plain' | 'env' }>

/**
 * Opens what is encrypted and fits everything together, as the proxy will. Returns the passphrase that it took, which is
 * asked for only then. Throws a `CerthopError` that says what is wrong.
 */
export async function openMaterial(
  material: Material,
  ageIdentity: AgeIdentitySource,
  askPassphrase: () => Promise<GivenPassphrase>,
): Promise<GivenPassphrase | null> {
  const contents = new Map(partsOf(material).map(([, { path, content }]) => [path, content]))
  // Only the age identity is read from elsewhere.
  const others = new FileStates('')
  const loader = new IdentityLoader({ read: path => contents.get(path) ?? others.read(path) }, ageIdentity)
  try {
    let passphrase: GivenPassphrase | null = null
    let loaded = await loader.load('', sourceOf(material, null))
    if (loaded.error?.code === 'passphrase_wrong') {
      passphrase = await askPassphrase()
      loaded = await loader.load('', sourceOf(material, passphrase))
    }
    if (loaded.error !== null) throw loaded.error
    const { path } = 'pkcs12' in material ? material.pkcs12 : material.cert
    const expired = expiredFile(path, loaded.facts.notAfter)
    if (expired !== null) throw expired
    // TLS has demands of its own, such as the length of the key.
    void loaded.identity.secureContext
    return passphrase
  } finally {
    await loader.close()
  }
}

/** The files to copy, by the names that the copies get. */
export function copiesOf(material: Material): Map<string, string | Buffer> {
  return new Map(
    partsOf(material).map(([part, { path, content }]) => [fileNameOf(part, isAgeFile(path)), content]),
  )
}

/** What the registry says of each file, given where its copy is. */
export function referencesTo(material: Material, pathOf: (name: string) => string): Record<string, string> {
  return Object.fromEntries(
    partsOf(material).map(([part, { path }]) => [part, pathOf(fileNameOf(part, isAgeFile(path)))]),
  )
}

function partsOf(material: Material): [CopiedPart, MaterialFile][] {
  const { ca, ...form } = material
  const parts = Object.entries(form) as [CopiedPart, MaterialFile][]
  return ca === undefined ? parts : [...parts, ['ca', ca]]
}

function sourceOf(material: Material, passphrase: PassphraseSource | null): IdentitySource {
  const shared = {
    passphrase,
    ca: material.ca?.path ?? null,
    systemRoots: false,
    tls: DEFAULT_TLS_POLICY,
  }
  if ('pkcs12' in material) return { ...shared, pkcs12: material.pkcs12.path }
  return { ...shared, cert: material.cert.path, key: material.key.path }
}

/** For a certificate that has expired by now; null for another one. `notAfter` is milliseconds since 1970. */
export function expiredFile(path: string, notAfter: number): CerthopError | null {
  if (notAfter >= Date.now()) return null
  const message = `the certificate in ${path} expired at ${new Date(notAfter).toISOString()}`
  return new CerthopError('client_certificate_expired', message, { hint: 'add the renewed one' })
}
