import { CerthopError, type ErrorCode } from '../core/errors.ts'
import type { Unreadable } from '../core/read-file.ts'
import { noAgeIdentity, placeOf, readAgeIdentity } from './age-identity.ts'
import type { KeyOpener } from './key-opener.ts'
import { type AgeIdentitySource, isAgeFile, type PassphraseSource } from './source.ts'

/**
 * What the files of a source held at one moment, decrypted where they are encrypted. What was decrypted is wiped at the
 * end of its scope.
 */
export class SourceFiles implements Disposable {
  readonly #contents: ReadonlyMap<string, Buffer | Unreadable>
  readonly #ageIdentity: AgeIdentitySource
  readonly #opener: KeyOpener
  readonly #decrypted: Buffer[] = []

  constructor(
    contents: ReadonlyMap<string, Buffer | Unreadable>,
    ageIdentity: AgeIdentitySource,
    opener: KeyOpener,
  ) {
    this.#contents = contents
    this.#ageIdentity = ageIdentity
    this.#opener = opener
  }

  /** Throws `code` for a file that cannot be read, and `secret_unavailable` for one that cannot be decrypted. */
  async read(path: string, code: ErrorCode = 'client_certificate_missing_file'): Promise<Buffer> {
    const content = this.#contents.get(path) as Buffer | Unreadable
    if (!Buffer.isBuffer(content)) {
      throw new CerthopError(code, `${path} ${content.reason}`, { hint: content.hint })
    }
    return isAgeFile(path) ? this.#decrypt(path, content) : content
  }

  /** Null when there is none. Throws `secret_unavailable`. */
  async readPassphrase(source: PassphraseSource | null): Promise<string | null> {
    switch (source?.kind) {
      case undefined:
        return null
      case 'plain':
        return source.value
      case 'env':
        return readVariable(source.name)
      case 'file':
        return withoutLineBreak(await this.read(source.path, 'secret_unavailable'))
      case 'age':
        return withoutLineBreak(await this.#decrypt('the passphrase', bytesOf(source.value)))
    }
  }

  [Symbol.dispose](): void {
    for (const content of this.#decrypted) content.fill(0)
  }

  async #decrypt(what: string, encrypted: Buffer): Promise<Buffer> {
    const source = this.#ageIdentity
    const identity = readAgeIdentity(source, path => this.#contents.get(path) as Buffer | Unreadable)
    const result = await this.#opener.decrypt({ encrypted, identity })
    if (Buffer.isBuffer(result)) {
      this.#decrypted.push(result)
      return result
    }
    switch (result.fault) {
      case 'no identity':
        throw noAgeIdentity(source)
      case 'damaged':
        throw new CerthopError('secret_unavailable', `${what} is not encrypted with age, or is damaged`, {
          hint: 'encrypt it anew with `certhop secrets encrypt`',
        })
      case 'another identity':
        throw new CerthopError(
          'secret_unavailable',
          `${what} is encrypted, but not to the identity in ${placeOf(source)}`,
          {
            hint: `encrypt it anew to ${result.recipients.join(' or ')}, or set the identity it was encrypted to`,
          },
        )
    }
  }
}

function readVariable(name: string): string {
  const value = process.env[name]
  if (value !== undefined) return value
  throw new CerthopError('secret_unavailable', `the environment variable ${name} is not set`, {
    hint: 'set it where certhop is started',
  })
}

/** Editors and `echo` end a file with a line break that nobody typed as part of the passphrase. */
function withoutLineBreak(content: Buffer): string {
  return content.toString().replace(/\r?\n$/, '')
}

/** An age file in YAML: armored, or binary as base64. */
function bytesOf(text: string): Buffer {
  return text.trimStart().startsWith('-----BEGIN') ? Buffer.from(text) : Buffer.from(text, 'base64')
}
