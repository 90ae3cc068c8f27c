/** Checks take tens of megabytes and a thread each; requests need the rest of both. */
const AT_ONCE = 2

/** A slow check for somebody at `address`. */
export interface Check {
  readonly address: string
  /** Must not reject. */
  readonly run: () => Promise<void>
}

export interface CheckQueue {
  add(check: Check): void
  /** Takes back a check; false when it was begun, and goes on. */
  withdraw(check: Check): boolean
}

/**
 * Runs few checks at once, and lets the addresses that ask take turns: who guesses passwords waits behind their own
 * guesses, and others don't.
 */
export class PasswordChecks implements CheckQueue {
  /** By address, the one whose turn is next first. */
  readonly #waiting = new Map<string, Set<Check>>()
  #running = 0

  add(check: Check): void {
    const others = this.#waiting.get(check.address)
    if (others === undefined) this.#waiting.set(check.address, new Set([check]))
    else others.add(check)
    this.#runNext()
  }

  withdraw(check: Check): boolean {
    const checks = this.#waiting.get(check.address)
    if (!checks?.delete(check)) return false
    if (checks.size === 0) this.#waiting.delete(check.address)
    return true
  }

  #runNext(): void {
    if (this.#running === AT_ONCE) return
    const check = this.#takeNext()
    if (check === null) return
    this.#running += 1
    void check.run().finally(() => {
      this.#running -= 1
      this.#runNext()
    })
  }

  #takeNext(): Check | null {
    for (const [address, checks] of this.#waiting) {
      this.#waiting.delete(address)
      for (const check of checks) {
        checks.delete(check)
        if (checks.size > 0) this.#waiting.set(address, checks)
        return check
      }
    }
    return null
  }
}
