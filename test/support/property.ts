/**
 * How long properties are tried: a few seconds as a part of all tests, or `CERTHOP_PROPERTY_RUNS` times as many runs, which
 * has no limit of time when it is more than 1. A failure prints its seed and path; what it shrinks to belongs into the
 * examples beside it. With `CERTHOP_PROPERTY_SEED`, an integer, the runs are the same each time.
 */
export function trials(runs: number): { numRuns: number; interruptAfterTimeLimit?: number; seed?: number } {
  const factor = Number(process.env['CERTHOP_PROPERTY_RUNS'] ?? 1)
  const seed = process.env['CERTHOP_PROPERTY_SEED']
  return {
    numRuns: Math.ceil(runs * factor),
    ...(factor > 1 ? {} : { interruptAfterTimeLimit: 3000 }),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  }
}
