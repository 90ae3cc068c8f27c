import { performance } from 'node:perf_hooks'
import { type Answer, rightSubject } from './answer.ts'
import type { IdentityTimes, Load, LoadResult, Target } from './load.ts'
import { percentile } from './percentile.ts'

/** What a load brings in. */
export class Tally {
  readonly #load: Load
  readonly #target: Target
  readonly #started = performance.now()
  readonly #milliseconds: number[] = []
  readonly #identities = new Map<string, { firstAnswered: number; lastAsked: number }>()
  #wrong = 0
  #firstWrong = ''
  #errors = 0
  #firstError = ''

  constructor(load: Load, target: Target) {
    this.#load = load
    this.#target = target
  }

  /** How many identities have answered. */
  get identities(): number {
    return this.#identities.size
  }

  /** An answer that came just now, and the milliseconds that it took. */
  keep(answer: Answer, took: number): void {
    this.#milliseconds.push(took)
    const subject = rightSubject(answer, this.#load.exchange, this.#target.subjects)
    if (subject !== null) this.#date(subject, took)
    else {
      this.#wrong++
      this.#firstWrong ||= JSON.stringify(answer)
    }
  }

  /** A request that got no answer. */
  fail(error: unknown): void {
    this.#errors++
    this.#firstError ||= String(error)
  }

  result(): LoadResult {
    return {
      requests: this.#milliseconds.length,
      seconds: (performance.now() - this.#started) / 1000,
      wrong: this.#wrong,
      firstWrong: this.#firstWrong,
      errors: this.#errors,
      firstError: this.#firstError,
      p50: percentile(this.#milliseconds, 0.5),
      p99: percentile(this.#milliseconds, 0.99),
      p999: percentile(this.#milliseconds, 0.999),
      longest: percentile(this.#milliseconds, 1),
      identities: Object.fromEntries(this.#identities) satisfies Record<string, IdentityTimes>,
    }
  }

  #date(subject: string, took: number): void {
    const answered = performance.timeOrigin + performance.now()
    const asked = answered - took
    const times = this.#identities.get(subject)
    if (times === undefined) this.#identities.set(subject, { firstAnswered: answered, lastAsked: asked })
    else times.lastAsked = Math.max(times.lastAsked, asked)
  }
}
