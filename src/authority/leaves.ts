import { hash } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { HostCache } from '../core/host-cache.ts'
import { type Leaf, LeafIssuer } from './leaf-issuer.ts'
import type { Signer } from './signer.ts'

/** TLS contexts that are kept, some 30 kB each. */
const CACHED = 1000

/** How much the clock may be set back before a leaf is made anew, in milliseconds: it may be for a time that has not come. */
const SET_BACK = 1_800_000

interface Entry {
  readonly secureContext: SecureContext
  /** Both in milliseconds since 1970. */
  readonly madeAt: number
  /** From then on another one is made. */
  readonly renewAt: number
}

/**
 * The leaves of one signer. Each host has a TLS context of its own, and with it ticket keys of its own: a session made for
 * one host is never resumed for another.
 */
export class Leaves {
  readonly #signer: Signer
  readonly #cache = new HostCache<Entry>(CACHED)
  readonly #pending = new Map<string, Promise<SecureContext>>()
  #issuer: Promise<LeafIssuer> | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(signer: Signer) {
    this.#signer = signer
  }

  /** `host` as `normalizeHost` returns it. Rejects with `InvalidAuthority` when the authority has expired. */
  contextFor(host: string): Promise<SecureContext> {
    const cached = this.#cache.get(host)
    if (cached !== undefined && isCurrent(cached, Date.now())) return Promise.resolve(cached.secureContext)
    let pending = this.#pending.get(host)
    if (pending === undefined) {
      pending = this.#inTurn(() => this.#make(host)).finally(() => this.#pending.delete(host))
      this.#pending.set(host, pending)
    }
    return pending
  }

  /** One after the other, so that the event loop turns between two of them however many are asked for at once. */
  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(task, task)
    this.#last = turn
    return turn
  }

  async #make(host: string): Promise<SecureContext> {
    this.#issuer ??= LeafIssuer.create(this.#signer)
    const issuer = await this.#issuer
    const now = Date.now()
    const leaf = await issuer.issue(host, now)
    const secureContext = createContext(host, issuer.key, leaf)
    // Long before it expires, because connections and sessions outlive the decision.
    this.#cache.set(host, { secureContext, madeAt: now, renewAt: now + (leaf.notAfter - now) / 2 })
    return secureContext
  }
}

function isCurrent({ madeAt, renewAt }: Entry, now: number): boolean {
  return now < renewAt && now > madeAt - SET_BACK
}

function createContext(host: string, key: string, { chain }: Leaf): SecureContext {
  return createSecureContext({
    key,
    cert: chain,
    // Runners show no certificate, so there is nothing to verify; the default would be a store of all roots.
    ca: [],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    sessionIdContext: hash('sha256', host, 'hex').slice(0, 32),
  })
}
