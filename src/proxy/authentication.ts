import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { CerthopError } from '../core/errors.ts'
import { groupsOf } from '../core/groups.ts'
import { isPassword, type PasswordHash, unmatchable } from '../core/password-hash.ts'
import { type Credentials, parseBasicCredentials } from '../http1/basic-credentials.ts'
import type { Admission, Runner } from './admission.ts'
import { type Check, type CheckQueue, PasswordChecks } from './password-checks.ts'

export interface UserSettings {
  readonly name: string
  readonly passwordHash: PasswordHash
}

interface User {
  readonly groups: readonly string[]
  readonly passwordHash: PasswordHash
  /** Keyed digest of the credentials that were right; null before there were any. */
  verified: Buffer | null
}

type Answer = PromiseWithResolvers<readonly string[]>

/** A check, and who waits for it: a runner that opens a hundred connections at its start needs it once. */
interface SharedCheck extends Check {
  readonly waiting: Map<Runner, Answer>
}

/**
 * Admits users by their password, as Basic authentication (RFC 7617) sends it:
 *
 * ```
 *               no credentials ──► proxy_authentication_required
 * credentials ──┤ those that were right before, by their digest ──► groups, at once
 *               └─► scrypt, in turn ─┬─ right ──► groups, and the digest is kept
 *                                    └─ wrong, or no such user ──► proxy_authentication_required
 * ```
 * The digest's key never leaves the process, so what is kept says nothing of a password.
 */
export class Authentication implements Admission {
  readonly #users: ReadonlyMap<string, User>
  /** What a user that doesn't exist is checked against, so that it takes as long. */
  readonly #nobody: User
  readonly #key = randomBytes(32)
  readonly #queue: CheckQueue
  /** By the digest of the credentials. */
  readonly #checks = new Map<string, SharedCheck>()
  readonly #asking = new Map<Runner, string>()

  /** `users` must not be empty. */
  constructor(users: readonly [UserSettings, ...UserSettings[]], queue: CheckQueue = new PasswordChecks()) {
    this.#queue = queue
    this.#users = new Map(
      users.map(({ name, passwordHash }) => [name, { groups: groupsOf(name), passwordHash, verified: null }]),
    )
    this.#nobody = { groups: [], passwordHash: unmatchable(users[0].passwordHash), verified: null }
  }

  admit(proxyAuthorization: string | null, runner: Runner): readonly string[] | Promise<readonly string[]> {
    if (proxyAuthorization === null) throw refusal('The request has no user name and password for this proxy')
    const credentials = parseBasicCredentials(proxyAuthorization)
    if (credentials === null) throw refusal('The Proxy-Authorization field cannot be read')
    const user = this.#users.get(credentials.user) ?? this.#nobody
    const digest = this.#digest(credentials)
    if (user.verified !== null && timingSafeEqual(user.verified, digest)) return user.groups
    return this.#check(user, credentials.password, digest, runner)
  }

  forget(runner: Runner): void {
    const key = this.#asking.get(runner)
    if (key === undefined) return
    this.#asking.delete(runner)
    const check = this.#checks.get(key)
    check?.waiting.delete(runner)
    if (check?.waiting.size === 0 && this.#queue.withdraw(check)) this.#checks.delete(key)
  }

  #check(user: User, password: string, digest: Buffer, runner: Runner): Promise<readonly string[]> {
    const key = digest.toString('base64')
    const answer = Promise.withResolvers<readonly string[]>()
    this.#asking.set(runner, key)
    const pending = this.#checks.get(key)
    if (pending !== undefined) {
      pending.waiting.set(runner, answer)
      return answer.promise
    }
    const check: SharedCheck = {
      address: runner.remoteAddress,
      waiting: new Map([[runner, answer]]),
      run: async () => {
        const isRight = await isPassword(password, user.passwordHash).catch(() => false)
        if (isRight) user.verified = digest
        this.#checks.delete(key)
        this.#answer(check, isRight ? user.groups : null)
      },
    }
    this.#checks.set(key, check)
    this.#queue.add(check)
    return answer.promise
  }

  #answer({ waiting }: SharedCheck, groups: readonly string[] | null): void {
    for (const [runner, answer] of waiting) {
      this.#asking.delete(runner)
      if (groups === null) answer.reject(refusal('The user name or the password for this proxy is wrong'))
      else answer.resolve(groups)
    }
  }

  #digest({ user, password }: Credentials): Buffer {
    return createHmac('sha256', this.#key).update(`${user}:${password}`).digest()
  }
}

function refusal(message: string): CerthopError {
  return new CerthopError('proxy_authentication_required', message, {
    hint: 'Set the proxy as http://USER:PASSWORD@HOST:PORT, one of `listen.users` in the settings.',
  })
}
