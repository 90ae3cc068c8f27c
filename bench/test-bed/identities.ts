import { link, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LeafIssuer } from '../../src/authority/leaf-issuer.ts'
import type { Certificate } from '../../test/support/certificates.ts'

/** How many are issued and written at a time, and share a file; file systems bound both. */
const TOGETHER = 200

/** Paths of PEM files. */
export interface IdentityFiles {
  readonly cert: string
  readonly key: string
}

/**
 * Any number of certificates for registries to name, which nobody asks for: each in a file of its own beside a file of its
 * key. The key is the same for all, because making one takes longer than anything that is measured.
 */
export class Identities {
  readonly #folder: string
  readonly #authority: Certificate
  readonly #written: IdentityFiles[] = []
  #issuer: LeafIssuer | null = null

  constructor(folder: string, authority: Certificate) {
    this.#folder = folder
    this.#authority = authority
  }

  /** The first `count`; those that are not there yet are written. */
  async take(count: number): Promise<readonly IdentityFiles[]> {
    this.#issuer ??= await this.#begin()
    while (this.#written.length < count) {
      const first = this.#written.length
      const issuer = this.#issuer
      const key = join(this.#folder, `${first}.pem`)
      await writeFile(key, issuer.key, { mode: 0o600 })
      const some = Array.from({ length: Math.min(TOGETHER, count - first) }, (_, index) =>
        this.#write(issuer, key, first + index),
      )
      this.#written.push(...(await Promise.all(some)))
    }
    return this.#written.slice(0, count)
  }

  async #begin(): Promise<LeafIssuer> {
    const { pem, privateKey, x509 } = this.#authority
    await mkdir(this.#folder, { mode: 0o700 })
    const signer = {
      certificate: x509,
      key: privateKey,
      hash: 'SHA-256',
      intermediates: [],
      trusted: pem,
    } as const
    return LeafIssuer.create(signer)
  }

  async #write(issuer: LeafIssuer, key: string, index: number): Promise<IdentityFiles> {
    const files = { cert: join(this.#folder, `${index}.crt`), key: join(this.#folder, `${index}.key`) }
    const { chain } = await issuer.issue(`client-${index}.test`, Date.now())
    await writeFile(files.cert, chain)
    await link(key, files.key)
    return files
  }
}
