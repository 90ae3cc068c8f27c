import { arch, cpus, release } from 'node:os'
import type { Measurement } from './measurement.ts'
import type { Effort, PeerResult } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'

export interface Report {
  readonly machine: { readonly processor: string; readonly cores: number; readonly system: string }
  /** Of every peer, the load generator and Node. */
  readonly versions: Readonly<Record<string, string>>
  readonly effort: Effort
  readonly scenarios: readonly ScenarioReport[]
}

interface ScenarioReport {
  readonly name: string
  readonly description: string
  /** The peer that the others are compared with. */
  readonly baseline: string
  readonly peers: readonly PeerReport[]
}

interface PeerReport extends PeerResult {
  /** Over the rounds; null when it failed. */
  readonly median: Measurement | null
  /** The largest distance of a round's CPU a request from the median, as a share of it. */
  readonly spread: number
  /** Medians divided by those of the baseline in the same run; null when one of the two failed. */
  readonly ratio: { readonly cpu: number; readonly requests: number } | null
}

export function machine(): Report['machine'] {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    system: `${process.platform} ${release()} ${arch()}`,
  }
}

export function reportScenario(
  { name, description, baseline }: Scenario,
  results: readonly PeerResult[],
): ScenarioReport {
  const measure = medians(results.find(result => result.name === baseline))
  const peers = results.map(result => {
    const median = medians(result)
    return { ...result, median, spread: spread(result, median), ratio: ratio(median, measure) }
  })
  return { name, description, baseline, peers }
}

function medians(result: PeerResult | undefined): Measurement | null {
  if (result === undefined || result.failure !== null) return null
  const median = (key: keyof Measurement) => middle(result.rounds.map(round => round[key]))
  return {
    cpuMicrosecondsPerRequest: median('cpuMicrosecondsPerRequest'),
    requestsPerSecond: median('requestsPerSecond'),
    p50: median('p50'),
    p99: median('p99'),
    busy: median('busy'),
    others: median('others'),
  }
}

function middle(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  return ((sorted[Math.floor(half)] ?? Number.NaN) + (sorted[Math.ceil(half)] ?? Number.NaN)) / 2
}

function spread({ rounds }: PeerResult, median: Measurement | null): number {
  if (median === null) return 0
  const center = median.cpuMicrosecondsPerRequest
  return Math.max(...rounds.map(round => Math.abs(round.cpuMicrosecondsPerRequest - center) / center))
}

function ratio(median: Measurement | null, measure: Measurement | null): PeerReport['ratio'] {
  if (median === null || measure === null) return null
  return {
    cpu: median.cpuMicrosecondsPerRequest / measure.cpuMicrosecondsPerRequest,
    requests: median.requestsPerSecond / measure.requestsPerSecond,
  }
}
