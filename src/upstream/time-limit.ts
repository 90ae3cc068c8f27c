import type { Deadlines, Timed } from '../core/deadlines.ts'
import type { CerthopError } from '../core/errors.ts'

/** Until when a step has to be done, and what it fails with otherwise. Several steps may share one. */
export interface TimeLimit {
  readonly deadlines: Deadlines
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number
  readonly late: () => CerthopError
}

/** What `promise` gives, or a rejection with `late()` once the deadline has passed. */
export function within<T>({ deadlines, deadline, late }: TimeLimit, promise: Promise<T>): Promise<T> {
  const { promise: limited, resolve, reject } = Promise.withResolvers<T>()
  const timed: Timed = { deadline, expire: () => reject(late()) }
  deadlines.watch(timed)
  promise.then(resolve, reject)
  return limited.finally(() => deadlines.forget(timed))
}
