import { generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { signedPem } from './certificate-encoding.ts'
import { InvalidAuthority } from './invalid-authority.ts'
import { type CommonParts, commonParts, leafBody } from './leaf-encoding.ts'
import type { Signer } from './signer.ts'

const HOUR = 3_600_000
/** How far the clock of a runner may be behind. */
const CLOCK_SKEW = HOUR
const LIFETIME = 90 * 24 * HOUR

const generate = promisify(generateKeyPair)
/** In libuv's thread pool, off the event loop. */
const signAsync = promisify(sign)

export interface Leaf {
  /** PEM: the leaf, then the intermediates up to the root. */
  readonly chain: string
  /** Milliseconds since 1970. */
  readonly notAfter: number
}

/**
 * Issues certificates for servers, all for one key on P-256. What they have in common is encoded once; a leaf then takes
 * some hundred microseconds, most of them for its signature.
 */
export class LeafIssuer {
  /** PEM (PKCS#8). */
  readonly key: string
  readonly #signer: Signer
  readonly #common: CommonParts
  readonly #intermediates: string

  private constructor(signer: Signer, privateKey: KeyObject, publicKey: KeyObject) {
    this.key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    this.#signer = signer
    this.#common = commonParts(signer, publicKey)
    this.#intermediates = signer.intermediates.map(each => each.toString()).join('')
  }

  static async create(signer: Signer): Promise<LeafIssuer> {
    const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' })
    return new LeafIssuer(signer, privateKey, publicKey)
  }

  /**
   * A leaf for a host name or an IP address, as `normalizeHost` returns it: valid from an hour before `now`, for 90 days
   * or as long as the authority is. Rejects with `InvalidAuthority` when that has expired.
   */
  async issue(host: string, now: number): Promise<Leaf> {
    const { certificate, key, hash } = this.#signer
    const notBefore = now - CLOCK_SKEW
    const notAfter = Math.min(notBefore + LIFETIME, certificate.validToDate.getTime())
    if (notAfter <= now) {
      throw new InvalidAuthority(`the local authority expired at ${certificate.validToDate.toISOString()}`, {
        hint: 'renew it; `certhop ca rotate` does so for one that certhop has made',
      })
    }
    const body = leafBody(this.#common, host, notBefore, notAfter)
    const leaf = signedPem(body, this.#common.algorithm, await signAsync(hash, body, key))
    return { chain: leaf + this.#intermediates, notAfter }
  }
}
