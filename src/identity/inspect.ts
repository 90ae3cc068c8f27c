import type { KeyObject, X509Certificate } from 'node:crypto'
import { CerthopError } from '../core/errors.ts'
import { factsOf, orderChain, readCertificates } from './certificates.ts'
import { type CertificateFacts, Identity } from './identity.ts'
import { KeyOpener } from './key-opener.ts'
import { readPrivateKey } from './private-key.ts'
import type { AgeIdentitySource, SourcePart } from './source.ts'
import { SourceFiles } from './source-files.ts'
import { DEFAULT_TLS_POLICY } from './tls-policy.ts'
import { type KeyAndChain, unpack } from './unpack.ts'

/** A file that somebody wants to use. `path` is what errors call it; with `.age` at its end the content is encrypted. */
export interface GivenFile {
  readonly path: string
  readonly content: Buffer
}

/** What is there of an identity so far. No two files may have the same path. */
export interface GivenParts {
  readonly cert?: GivenFile | undefined
  readonly key?: GivenFile | undefined
  readonly pkcs12?: GivenFile | undefined
  readonly ca?: GivenFile | undefined
  readonly passphrase: string | null
}

export interface Inspection {
  /** Of the certificate that belongs to the key, or of the first one where there is no key yet. */
  readonly facts: CertificateFacts | null
  /** What is wrong with what is there: with each part by itself, and with certificate and key together. */
  readonly faults: readonly { readonly part: SourcePart; readonly error: CerthopError }[]
  /** The key or the bundle is encrypted, and no passphrase was given. */
  readonly needsPassphrase: boolean
}

/** Looks at the parts of an identity one by one, while they are being gathered. Tells every fault, where a load tells the first. */
export async function inspectParts(parts: GivenParts, ageIdentity: AgeIdentitySource): Promise<Inspection> {
  const opener = new KeyOpener()
  const given = [parts.cert, parts.key, parts.pkcs12, parts.ca].filter(part => part !== undefined)
  const contents = new Map(given.map(({ path, content }) => [path, content]))
  using files = new SourceFiles(contents, ageIdentity, opener)
  try {
    return await new Inspector(parts, files, opener).inspect()
  } finally {
    await opener.close()
  }
}

class Inspector {
  readonly #parts: GivenParts
  readonly #files: SourceFiles
  readonly #opener: KeyOpener
  readonly #faults: { part: SourcePart; error: CerthopError }[] = []
  #needsPassphrase = false

  constructor(parts: GivenParts, files: SourceFiles, opener: KeyOpener) {
    this.#parts = parts
    this.#files = files
    this.#opener = opener
  }

  async inspect(): Promise<Inspection> {
    const certificates = await this.#try('cert', () => this.#certificates(this.#parts.cert))
    const key = await this.#try('key', () => this.#key())
    const bundle = await this.#try('pkcs12', () => this.#bundle())
    const ca = await this.#try('ca', () => this.#certificates(this.#parts.ca))
    const pair = await this.#try('key', async () => this.#pair(certificates, key))
    const whole = bundle ?? pair
    const shown = whole?.chain ?? certificates
    const facts = shown === null ? null : factsOf(shown)
    if (whole !== null && facts !== null) {
      await this.#try(bundle === null ? 'cert' : 'pkcs12', async () => tryInTls(whole, facts, ca))
    }
    return { facts, faults: this.#faults, needsPassphrase: this.#needsPassphrase }
  }

  async #certificates(file: GivenFile | undefined): Promise<X509Certificate[] | null> {
    return file === undefined ? null : readCertificates(file.path, await this.#files.read(file.path))
  }

  async #key(): Promise<KeyObject | null> {
    const { key: file, passphrase } = this.#parts
    if (file === undefined) return null
    const read = readPrivateKey(file.path, await this.#files.read(file.path), passphrase)
    return 'pem' in read ? await this.#opener.openKey(read) : read
  }

  async #bundle(): Promise<KeyAndChain | null> {
    const { pkcs12: file, passphrase } = this.#parts
    if (file === undefined) return null
    const { path } = file
    const bundle = await this.#files.read(path)
    return unpack(path, await this.#opener.openBundle({ path, bundle, passphrase }))
  }

  #pair(certificates: X509Certificate[] | null, key: KeyObject | null): KeyAndChain | null {
    if (certificates === null || key === null) return null
    return { key, chain: orderChain(this.#parts.cert?.path ?? '', certificates, key) }
  }

  /** Null when there is no such part, or something is wrong with it. */
  async #try<Result>(part: SourcePart, step: () => Promise<Result | null>): Promise<Result | null> {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof CerthopError)) throw error
      const isPassphrase = error.code === 'passphrase_wrong'
      if (isPassphrase && this.#parts.passphrase === null) this.#needsPassphrase = true
      else this.#faults.push({ part: isPassphrase ? 'passphrase' : part, error })
      return null
    }
  }
}

/** TLS has demands of its own, such as the length of the key. */
async function tryInTls(
  { key, chain }: KeyAndChain,
  facts: CertificateFacts,
  ca: readonly X509Certificate[] | null,
): Promise<null> {
  const material = { chain: chain.map(String).join(''), key, ca: ca?.map(String) ?? null, systemRoots: false }
  void new Identity('', facts, material, DEFAULT_TLS_POLICY).secureContext
  return null
}
