import { formatProblem, type Problem } from '../core/problem.ts'

/** A registry that is refused as a whole at the start, when there is no older one to keep. */
export class InvalidRegistry extends Error {
  override readonly name = 'InvalidRegistry'
  /** Warnings and the problems of single entries included; at least one is an error. */
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }
}
