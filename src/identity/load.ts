import { hash } from 'node:crypto'
import { CerthopError } from '../core/errors.ts'
import type { Unreadable } from '../core/read-file.ts'
import { factsOf, orderChain, readCertificates } from './certificates.ts'
import { type CertificateFacts, Identity } from './identity.ts'
import { KeyOpener } from './key-opener.ts'
import { readPrivateKey } from './private-key.ts'
import {
  type AgeIdentitySource,
  type IdentitySource,
  isAgeFile,
  type PemSource,
  type Pkcs12Source,
  type SourcePart,
} from './source.ts'
import { SourceFiles } from './source-files.ts'
import { type KeyAndChain, unpack } from './unpack.ts'

/** Access to files of a bounded size, so that whoever watches them knows what was read. */
export interface Files {
  read(path: string): Buffer | Unreadable
}

/** Either `identity`, or `error` with the part that is to blame. */
export type LoadedIdentity =
  | {
      readonly identity: Identity
      readonly facts: CertificateFacts
      readonly error: null
      readonly part: null
    }
  | {
      readonly identity: null
      /** Of the certificate, when that much could be read. */
      readonly facts: CertificateFacts | null
      readonly error: CerthopError
      readonly part: SourcePart
    }

/** How far a load came, for what can be told when it fails. */
interface Progress {
  part: SourcePart
  facts: CertificateFacts | null
}

/** Makes identities from files. To be closed after the last one. */
export class IdentityLoader {
  readonly #files: Files
  readonly #ageIdentity: AgeIdentitySource
  readonly #opener = new KeyOpener()
  /** Many entries name the same authority; its text is kept once. */
  readonly #authorities = new Map<string, readonly string[]>()

  constructor(files: Files, ageIdentity: AgeIdentitySource) {
    this.#files = files
    this.#ageIdentity = ageIdentity
  }

  /**
   * Reads all files of `source` before it first yields to the event loop. Never throws: what is wrong comes back as
   * `error`. An expired certificate is no error here.
   */
  async load(id: string, source: IdentitySource): Promise<LoadedIdentity> {
    const paths = filesOf(source, this.#ageIdentity)
    const contents = new Map(paths.map(path => [path, this.#files.read(path)]))
    using files = new SourceFiles(contents, this.#ageIdentity, this.#opener)
    const progress: Progress = { part: 'cert', facts: null }
    try {
      return await this.#assemble(id, source, files, progress)
    } catch (error) {
      if (!(error instanceof CerthopError)) throw error
      const isPassphrase = error.code === 'passphrase_wrong' && source.passphrase !== null
      return {
        identity: null,
        facts: progress.facts,
        error,
        part: isPassphrase ? 'passphrase' : progress.part,
      }
    }
  }

  async close(): Promise<void> {
    await this.#opener.close()
  }

  async #assemble(
    id: string,
    source: IdentitySource,
    files: SourceFiles,
    progress: Progress,
  ): Promise<LoadedIdentity> {
    const { key, chain } =
      'pkcs12' in source
        ? await this.#openBundle(source, files, progress)
        : await this.#openPem(source, files, progress)
    const facts = factsOf(chain)
    progress.facts = facts
    progress.part = 'ca'
    const ca = source.ca === null ? null : this.#authority(source.ca, await files.read(source.ca))
    const { systemRoots, tls } = source
    const material = { chain: chain.map(String).join(''), key, ca, systemRoots }
    const identity = new Identity(id, facts, material, tls)
    return { identity, facts, error: null, part: null }
  }

  async #openPem(source: PemSource, files: SourceFiles, progress: Progress): Promise<KeyAndChain> {
    progress.part = 'cert'
    const certificates = readCertificates(source.cert, await files.read(source.cert))
    progress.facts = factsOf(certificates)
    progress.part = 'passphrase'
    const passphrase = await files.readPassphrase(source.passphrase)
    progress.part = 'key'
    const read = readPrivateKey(source.key, await files.read(source.key), passphrase)
    const key = 'pem' in read ? await this.#opener.openKey(read) : read
    return { key, chain: orderChain(source.cert, certificates, key) }
  }

  async #openBundle(source: Pkcs12Source, files: SourceFiles, progress: Progress): Promise<KeyAndChain> {
    progress.part = 'pkcs12'
    const bundle = await files.read(source.pkcs12)
    progress.part = 'passphrase'
    const passphrase = await files.readPassphrase(source.passphrase)
    progress.part = 'pkcs12'
    const path = source.pkcs12
    return unpack(path, await this.#opener.openBundle({ path, bundle, passphrase }))
  }

  #authority(path: string, content: Buffer): readonly string[] {
    const digest = hash('sha256', content)
    const known = this.#authorities.get(digest)
    if (known !== undefined) return known
    const certificates = readCertificates(path, content).map(String)
    this.#authorities.set(digest, certificates)
    return certificates
  }
}

/**
 * Tells apart any two states of what a source refers to. `digestOf` gives the digest of a file's content; no secret can be
 * read back from the result.
 */
export function fingerprintOf(
  source: IdentitySource,
  ageIdentity: AgeIdentitySource,
  digestOf: (path: string) => string,
): string {
  const { passphrase } = source
  const names: string[] = []
  if (passphrase?.kind === 'env') names.push(passphrase.name)
  if ('env' in ageIdentity && isEncrypted(source)) names.push(ageIdentity.env)
  const secrets = names.map(name => process.env[name] ?? null)
  const files = filesOf(source, ageIdentity).map(digestOf)
  return hash('sha256', JSON.stringify([source, secrets, files]))
}

/** The paths of every file that a source refers to, and of the age identity where it needs one. */
export function filesOf(source: IdentitySource, ageIdentity: AgeIdentitySource): string[] {
  const files = ownFilesOf(source)
  if ('file' in ageIdentity && isEncrypted(source)) files.push(ageIdentity.file)
  return files
}

/** Whether an age identity has a part in reading a source. */
function isEncrypted(source: IdentitySource): boolean {
  return source.passphrase?.kind === 'age' || ownFilesOf(source).some(isAgeFile)
}

/** The paths of the files that a source names. */
export function ownFilesOf(source: IdentitySource): string[] {
  const files = 'pkcs12' in source ? [source.pkcs12] : [source.cert, source.key]
  if (source.ca !== null) files.push(source.ca)
  if (source.passphrase?.kind === 'file') files.push(source.passphrase.path)
  return files
}
