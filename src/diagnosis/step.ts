import type { CerthopError, ErrorCode } from '../core/errors.ts'

/** What is looked at, in this order. */
export const STEPS = [
  'entry',
  'dns',
  'tcp',
  'tls',
  'certificate-request',
  'certificate-acceptance',
  'response',
] as const

export type StepName = (typeof STEPS)[number]

export interface Step {
  readonly name: StepName
  /** Null for a step that was not reached, and for one that has no part in this request. */
  readonly ok: boolean | null
  /** Milliseconds; null for a step that took no time of its own. */
  readonly ms: number | null
  /** What was found, a line each, without control characters; empty for a step that was not reached. */
  readonly lines: readonly string[]
  /** Why the step failed; null where it did not, or where a failure is none of certhop's. */
  readonly code: ErrorCode | null
  /** What to do about it; empty for nothing. */
  readonly hint: string
}

interface StepFacts {
  readonly ok: boolean | null
  readonly ms?: number | null
  readonly lines?: readonly string[]
  readonly error?: CerthopError | null
  readonly hint?: string
}

/** Collects the steps in their order, each reported as soon as it is done. */
export class Steps {
  readonly #report: (step: Step) => void
  readonly #done: Step[] = []

  constructor(report: (step: Step) => void) {
    this.#report = report
  }

  get all(): readonly Step[] {
    return this.#done
  }

  /** Adds a step; those before it that nothing was said of were not reached, or have no part in the request. */
  add(name: StepName, facts: StepFacts): void {
    while (this.#next !== name && this.#next !== undefined) this.#push(this.#next, { ok: null })
    this.#push(name, facts)
  }

  /** Adds all that is missing. */
  finish(): void {
    for (let name = this.#next; name !== undefined; name = this.#next) this.#push(name, { ok: null })
  }

  get #next(): StepName | undefined {
    return STEPS[this.#done.length]
  }

  #push(
    name: StepName,
    { ok, ms = null, lines = [], error = null, hint = error?.hint ?? '' }: StepFacts,
  ): void {
    const said = error === null ? lines : [error.message, ...lines]
    const step = {
      name,
      ok,
      ms,
      lines: said.map(printable),
      code: error?.code ?? null,
      hint: printable(hint),
    }
    this.#done.push(step)
    this.#report(step)
  }
}

/** A server chooses much of what is shown, and must not write on anybody's terminal with it. */
function printable(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f]/g,
    octet => `\\x${octet.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
