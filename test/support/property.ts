/**
 * How long properties are tried: a few seconds as a part of all tests, or `CERTHOP_PROPERTY_RUNS` times as many runs
 * without a limit of time. A failure prints its seed and path; what it shrinks to belongs into the examples beside it.
 */
export function trials(numRuns: number): { numRuns: number; interruptAfterTimeLimit?: number } {
  const factor = Number(process.env['CERTHOP_PROPERTY_RUNS'] ?? 1)
  return factor > 1 ? { numRuns: numRuns * factor } : { numRuns, interruptAfterTimeLimit: 3000 }
}
