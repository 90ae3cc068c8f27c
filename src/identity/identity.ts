import type { KeyObject } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import { CerthopError } from '../core/errors.ts'
import type { TlsPolicy } from './tls-policy.ts'
import { createTrustingContext } from './trust.ts'

/** What a person wants to know of a certificate. Times are milliseconds since 1970. */
export interface CertificateFacts {
  /** One line: `C=DE, O=Example, CN=payments`. */
  readonly subject: string
  readonly issuer: string
  /** Upper-case hexadecimal. */
  readonly serialNumber: string
  /** SHA-256 of the DER, as `AB:CD:…`. */
  readonly fingerprint256: string
  /** `RSA 2048`, `EC P-256`, `Ed25519`. */
  readonly keyType: string
  readonly notBefore: number
  readonly notAfter: number
  /** When the first of its issuers that are sent with it expires; null when none is. */
  readonly issuersNotAfter: number | null
}

/** What an identity presents and trusts. */
export interface IdentityMaterial {
  /** PEM, leaf first. */
  readonly chain: string
  readonly key: KeyObject
  /** PEM certificates that the server must chain to; null trusts the system's roots. */
  readonly ca: readonly string[] | null
  /** True trusts the system's roots as well as `ca`. */
  readonly systemRoots: boolean
}

/** All that makes an identity: plain data and a key, for another thread to make the same one. */
export interface IdentityParts {
  readonly id: string
  readonly facts: CertificateFacts
  readonly material: IdentityMaterial
  readonly tls: TlsPolicy
  readonly generation: number
}

let generations = 0

function nextGeneration(): number {
  generations += 1
  return generations
}

/**
 * A client certificate that can be presented. Immutable: a change of a file or of the policy makes a new identity
 * with a new `generation`, unique in the process. Connections and TLS sessions belong to one generation and die with it.
 */
export class Identity {
  /** The id of its registry entry. */
  readonly id: string
  readonly facts: CertificateFacts
  readonly generation: number
  readonly tls: TlsPolicy
  readonly #material: IdentityMaterial
  #secureContext: SecureContext | null = null

  constructor(
    id: string,
    facts: CertificateFacts,
    material: IdentityMaterial,
    tls: TlsPolicy,
    generation: number = nextGeneration(),
  ) {
    this.generation = generation
    this.id = id
    this.facts = facts
    this.tls = tls
    this.#material = material
  }

  /** The same identity as in the thread that `parts` come from. */
  static from({ id, facts, material, tls, generation }: IdentityParts): Identity {
    return new Identity(id, facts, material, tls, generation)
  }

  get parts(): IdentityParts {
    const { id, facts, tls, generation } = this
    return { id, facts, material: this.#material, tls, generation }
  }

  /** The same certificate under another policy: another identity. */
  withPolicy(tls: TlsPolicy): Identity {
    return new Identity(this.id, this.facts, this.#material, tls)
  }

  /**
   * Built on first use, because a registry may hold thousands of certificates that no request ever needs. Throws
   * `client_certificate_invalid` for what TLS refuses to present, such as a certificate signed with SHA-1.
   */
  get secureContext(): SecureContext {
    this.#secureContext ??= this.#build()
    return this.#secureContext
  }

  /** The certificates that are presented: PEM, leaf first. */
  get chain(): string {
    return this.#material.chain
  }

  #build(): SecureContext {
    const { chain, key, ca, systemRoots } = this.#material
    const { minVersion, maxVersion } = this.tls
    try {
      const pem = key.export({ type: 'pkcs8', format: 'pem' })
      return createTrustingContext({ cert: chain, key: pem, minVersion, maxVersion }, ca, systemRoots)
    } catch (cause) {
      const reason = (cause as Error).message.split(':').at(-1)
      throw new CerthopError(
        'client_certificate_invalid',
        `TLS refuses the certificate of \`${this.id}\`: ${reason}`,
        {
          cause,
          hint: 'have it issued anew with a key of at least 2048 bits (RSA) or P-256 (EC), signed with SHA-256',
        },
      )
    }
  }
}
