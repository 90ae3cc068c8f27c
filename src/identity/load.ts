import { hash, type X509Certificate } from 'node:crypto'
import { CerthopError, type ErrorCode } from '../core/errors.ts'
import type { Unreadable } from '../core/read-file.ts'
import { factsOf, orderChain, readCertificates } from './certificates.ts'
import { type CertificateFacts, Identity } from './identity.ts'
import { KeyOpener } from './key-opener.ts'
import { readPrivateKey } from './private-key.ts'
import type { IdentitySource, PassphraseSource, PemSource, Pkcs12Source, SourcePart } from './source.ts'
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

type Contents = ReadonlyMap<string, Buffer | Unreadable>

/** How far a load came, for what can be told when it fails. */
interface Progress {
  part: SourcePart
  facts: CertificateFacts | null
}

/** Makes identities from files. To be closed after the last one. */
export class IdentityLoader {
  readonly #files: Files
  readonly #opener = new KeyOpener()
  /** Many entries name the same authority; its text is kept once. */
  readonly #authorities = new Map<string, readonly string[]>()

  constructor(files: Files) {
    this.#files = files
  }

  /**
   * Reads all files of `source` before it first yields to the event loop. Never throws: what is wrong comes back as
   * `error`. An expired certificate is no error here.
   */
  async load(id: string, source: IdentitySource): Promise<LoadedIdentity> {
    const contents = new Map(filesOf(source).map(path => [path, this.#files.read(path)]))
    const progress: Progress = { part: 'cert', facts: null }
    try {
      return await this.#assemble(id, source, contents, progress)
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
    contents: Contents,
    progress: Progress,
  ): Promise<LoadedIdentity> {
    const { key, chain } =
      'pkcs12' in source
        ? await this.#openBundle(source, contents, progress)
        : await this.#openPem(source, contents, progress)
    const facts = factsOf(chain[0] as X509Certificate)
    progress.facts = facts
    progress.part = 'ca'
    const ca = source.ca === null ? null : this.#authority(source.ca, contentOf(contents, source.ca))
    const { systemRoots } = source
    const identity = new Identity(id, facts, { chain: chain.map(String).join(''), key, ca, systemRoots })
    return { identity, facts, error: null, part: null }
  }

  async #openPem(source: PemSource, contents: Contents, progress: Progress): Promise<KeyAndChain> {
    progress.part = 'cert'
    const certificates = readCertificates(source.cert, contentOf(contents, source.cert))
    progress.facts = factsOf(certificates[0] as X509Certificate)
    progress.part = 'passphrase'
    const passphrase = readPassphrase(source.passphrase, contents)
    progress.part = 'key'
    const read = readPrivateKey(source.key, contentOf(contents, source.key), passphrase)
    const key = 'pem' in read ? await this.#opener.openKey(read) : read
    return { key, chain: orderChain(source.cert, certificates, key) }
  }

  async #openBundle(source: Pkcs12Source, contents: Contents, progress: Progress): Promise<KeyAndChain> {
    progress.part = 'pkcs12'
    const bundle = contentOf(contents, source.pkcs12)
    progress.part = 'passphrase'
    const passphrase = readPassphrase(source.passphrase, contents)
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

function contentOf(
  contents: Contents,
  path: string,
  code: ErrorCode = 'client_certificate_missing_file',
): Buffer {
  const content = contents.get(path) as Buffer | Unreadable
  if (Buffer.isBuffer(content)) return content
  throw new CerthopError(code, `${path} ${content.reason}`, { hint: content.hint })
}

function readPassphrase(source: PassphraseSource | null, contents: Contents): string | null {
  if (source === null) return null
  if (source.kind === 'plain') return source.value
  if (source.kind === 'env') return readVariable(source.name)
  // Editors and `echo` end a file with a line break that nobody typed as part of the passphrase.
  return contentOf(contents, source.path, 'secret_unavailable')
    .toString()
    .replace(/\r?\n$/, '')
}

function readVariable(name: string): string {
  const value = process.env[name]
  if (value !== undefined) return value
  throw new CerthopError('secret_unavailable', `the environment variable ${name} is not set`, {
    hint: 'set it where certhop is started',
  })
}

/**
 * Tells apart any two states of what a source refers to. `digestOf` gives the digest of a file's content; no secret can be
 * read back from the result.
 */
export function fingerprintOf(source: IdentitySource, digestOf: (path: string) => string): string {
  const { passphrase } = source
  const secret = passphrase?.kind === 'env' ? process.env[passphrase.name] : undefined
  const files = filesOf(source).map(digestOf)
  return hash('sha256', JSON.stringify([source, secret ?? null, files]))
}

/** The paths of every file that a source refers to. */
export function filesOf(source: IdentitySource): string[] {
  const files = 'pkcs12' in source ? [source.pkcs12] : [source.cert, source.key]
  if (source.ca !== null) files.push(source.ca)
  if (source.passphrase?.kind === 'file') files.push(source.passphrase.path)
  return files
}
