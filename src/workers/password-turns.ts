import type { Check, CheckQueue } from '../proxy/password-checks.ts'
import type { News, Orders } from './messages.ts'

/**
 * The queue of password checks, as a worker has it. The main thread has the real one and gives each check its turn, so that
 * all workers together take as much memory and as many threads for them as one would; the check itself stays here.
 */
export class PasswordTurns implements CheckQueue {
  readonly #tell: Pick<News, 'awaitTurn' | 'leaveQueue'>
  readonly #checks = new Map<number, Check>()
  readonly #numbers = new Map<Check, number>()
  #last = 0

  constructor(tell: Pick<News, 'awaitTurn' | 'leaveQueue'>) {
    this.#tell = tell
  }

  add(check: Check): void {
    this.#last += 1
    this.#checks.set(this.#last, check)
    this.#numbers.set(check, this.#last)
    this.#tell.awaitTurn(this.#last, check.address)
  }

  withdraw(check: Check): boolean {
    const number = this.#numbers.get(check)
    if (number === undefined) return false
    this.#remove(number)
    this.#tell.leaveQueue(number)
    return true
  }

  /** It is this check's turn. One that was withdrawn meanwhile takes none. */
  async take(number: number): Promise<void> {
    await this.#remove(number)?.run()
  }

  #remove(number: number): Check | undefined {
    const check = this.#checks.get(number)
    this.#checks.delete(number)
    if (check !== undefined) this.#numbers.delete(check)
    return check
  }
}

/** What the main thread makes of it: each check is one of `queue`, which is run by an order. */
export function passwordNews(
  queue: CheckQueue,
  takeTurn: Orders['takeTurn'],
): Pick<News, 'awaitTurn' | 'leaveQueue'> {
  const waiting = new Map<number, Check>()
  return {
    awaitTurn(number, address) {
      const check: Check = {
        address,
        run() {
          waiting.delete(number)
          return takeTurn(number)
        },
      }
      waiting.set(number, check)
      queue.add(check)
    },
    leaveQueue(number) {
      const check = waiting.get(number)
      waiting.delete(number)
      if (check !== undefined) queue.withdraw(check)
    },
  }
}
