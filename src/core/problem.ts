/**
 * One thing that is wrong in a configuration file. `line` and `column` count from 1 and are those of the offending
 * node; 1:1 when a whole file is meant. `severity` warning lets the configuration through.
 */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly file: string
  readonly line: number
  readonly column: number
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** `file:line:column: message`, as compilers print it, so that editors and terminals can follow it. */
export function formatProblem(problem: Problem): string {
  const hint = problem.hint === '' ? '' : ` (${problem.hint})`
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}${hint}`
}
