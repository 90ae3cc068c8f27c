import type { Figures, Quantity } from './report/quantity.ts'
import type { TestBed } from './test-bed/test-bed.ts'

/** A comparison: who takes part, and what of it is shown. */
export interface Scenario {
  readonly name: string
  /** What is measured, in a sentence's end: `100-byte responses over …`. */
  readonly description: string
  /** In the order of the table. The first is what the contenders are compared by: less of it is better. */
  readonly quantities: readonly [Quantity, ...Quantity[]]
  /** The contenders that all are compared with, as far as they take part. */
  readonly baselines: readonly string[]
  readonly comparison: 'ratio' | 'difference'
  readonly contenders: readonly Contender[]
  /** Who cannot take part, and why. */
  readonly absent: readonly Absence[]
  /** Part of a `--quick` run that names no scenarios. */
  readonly quick: boolean
  /** Whether the processors are kept from sleeping in its rounds. */
  readonly isKeptAwake?: boolean
}

export interface Absence {
  readonly name: string
  /** In a few words: `knows no CONNECT`. */
  readonly reason: string
}

export interface Contender {
  readonly name: string
  /** What is installed or not: `nginx` of `nginx, access log`. */
  readonly program: string
  /** Null where it is not installed: then it is skipped. */
  version(): string | null
  /** What to run to have it. */
  readonly install: string
  /** Gets it ready for its rounds; throws, with what the process said, when that fails. */
  start(bed: TestBed): Promise<Trial>
}

/** A contender that takes its rounds. */
export interface Trial {
  /** Loads it for that many seconds, so that just-in-time compilers have done most of their work. */
  warmUp(seconds: number): Promise<unknown>
  /** Throws when any answer was wrong or missing. Empty when none was due in that time, which is slow and not wrong. */
  round(seconds: number): Promise<Figures>
  /** Ends it; throws when it had ended by itself before. */
  stop(): Promise<void>
}
