import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type SignInFailures, unauthorized } from './sign-in-failures.ts'
import { newSecret } from './token.ts'

/** How long a one-time code is good, and how long a session without a request, in milliseconds. */
const CODE_LIFETIME = 3_600_000
const SESSION_LIFETIME = 12 * 3_600_000

const MOST_SESSIONS = 100

/** How a request is signed in. */
export type Credential = 'token' | 'cookie'

/**
 * Who may use the API: who knows the token, and browsers that hold the cookie of a session. Secrets are kept and compared as
 * digests, in constant time where a guess could learn from it.
 */
export class Authentication {
  readonly #token: Buffer
  readonly #cookieName: string
  readonly #failures: SignInFailures
  /** When each one-time code, and each session, ends; by digest. Milliseconds since 1970. */
  readonly #codes = new Map<string, number>()
  readonly #sessions = new Map<string, number>()

  /** `port` is the admin plane's: cookies are shared by all ports of a host. */
  constructor(token: string, port: number, failures: SignInFailures) {
    this.#token = digest(token)
    this.#cookieName = `certhop_session_${port}`
    this.#failures = failures
  }

  /** Throws a 401, or a 429 when too many have failed before. What is right is let in whatever has failed. */
  check(request: IncomingMessage): Credential {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
      if (token !== undefined && this.#isToken(token)) return 'token'
      throw this.#failures.count('The token is wrong')
    }
    if (this.holdsSession(request)) return 'cookie'
    throw unauthorized('The request is not signed in, or its session has ended')
  }

  /** Whether a request has the cookie of a session that has not ended. */
  holdsSession(request: IncomingMessage): boolean {
    const session = this.#sessionOf(request)
    return session !== null && this.#renew(session)
  }

  /** A code that signs in once, within an hour. */
  newCode(): string {
    const code = newSecret()
    this.#codes.set(key(code), Date.now() + CODE_LIFETIME)
    return code
  }

  /** The `Set-Cookie` of a new session. Throws as `check` does. */
  signInWithCode(code: string): string {
    const end = this.#codes.get(key(code)) ?? 0
    this.#codes.delete(key(code))
    if (Date.now() >= end) throw this.#failures.count('This link was used before, or has ended')
    return this.#begin()
  }

  signInWithToken(token: string): string {
    if (!this.#isToken(token)) throw this.#failures.count('The token is wrong')
    return this.#begin()
  }

  /** The `Set-Cookie` that removes the cookie; its session is over whoever else holds it. */
  signOut(request: IncomingMessage): string {
    const session = this.#sessionOf(request)
    if (session !== null) this.#sessions.delete(key(session))
    return `${this.#cookieName}=; Max-Age=0; ${ATTRIBUTES}`
  }

  #begin(): string {
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size >= MOST_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest)
    const session = newSecret()
    this.#sessions.set(key(session), Date.now() + SESSION_LIFETIME)
    return `${this.#cookieName}=${session}; ${ATTRIBUTES}`
  }

  /** False when it is over. The one used last is the last to be dropped. */
  #renew(session: string): boolean {
    const id = key(session)
    const end = this.#sessions.get(id) ?? 0
    this.#sessions.delete(id)
    const now = Date.now()
    if (now >= end) return false
    this.#sessions.set(id, now + SESSION_LIFETIME)
    return true
  }

  #sessionOf({ headers }: IncomingMessage): string | null {
    const start = `${this.#cookieName}=`
    const cookies = headers.cookie?.split(';').map(cookie => cookie.trim()) ?? []
    return cookies.find(cookie => cookie.startsWith(start))?.slice(start.length) ?? null
  }

  #isToken(given: string): boolean {
    return timingSafeEqual(digest(given), this.#token)
  }
}

/** Scripts can't read it, and no request that another site causes has it. */
const ATTRIBUTES = 'HttpOnly; SameSite=Strict; Path=/'

function digest(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

function key(secret: string): string {
  return hash('sha256', secret)
}
