import { arch, cpus, release } from 'node:os'
import type { Effort, Outcome } from '../run-scenario.ts'
import type { Absence, Scenario } from '../scenario.ts'
import { type Figures, QUANTITIES, type Quantity } from './quantity.ts'

/** What a run took place on. */
export interface Run {
  readonly date: string
  readonly machine: string
  readonly effort: Effort
  /** Of Node and the load generator. */
  readonly versions: Readonly<Record<string, string>>
}

export interface ScenarioReport {
  readonly name: string
  readonly description: string
  readonly quantities: readonly [Quantity, ...Quantity[]]
  readonly comparison: Scenario['comparison']
  /** Those who took part. */
  readonly baselines: readonly string[]
  readonly contenders: readonly ContenderReport[]
  readonly absent: readonly Absence[]
  readonly run: Run
}

export interface ContenderReport extends Outcome {
  readonly program: string
  readonly version: string
  /** Over the rounds: medians, or the greatest where that is what counts; null when it failed. */
  readonly overall: Figures | null
  /** The largest distance of a round from `overall`, as a share of it, for the first quantity. */
  readonly spread: number
  /** By baseline: the first quantity of `overall` divided by the baseline's in the same run. */
  readonly ratios: Readonly<Record<string, number>>
}

export function describeMachine(): string {
  const processors = cpus()
  const processor = processors[0]?.model.trim() ?? 'unknown processor'
  return `${processor}, ${processors.length} cores, ${process.platform} ${release()} ${arch()}`
}

export function reportScenario(
  scenario: Scenario,
  outcomes: readonly (Outcome & { program: string; version: string })[],
  run: Run,
): ScenarioReport {
  const { name, description, quantities, comparison, absent } = scenario
  const [quantity] = quantities
  const overall = new Map(outcomes.map(outcome => [outcome.name, overallOf(outcome)]))
  const baselines = scenario.baselines.filter(baseline => overall.has(baseline))
  const contenders = outcomes.map(outcome => {
    const figures = overall.get(outcome.name) ?? null
    const ratios = baselines.flatMap(baseline => {
      const [own, other] = [figures?.[quantity], overall.get(baseline)?.[quantity]]
      return own === undefined || other === undefined ? [] : [[baseline, own / other] as const]
    })
    return {
      ...outcome,
      overall: figures,
      spread: spread(outcome, quantity, figures),
      ratios: Object.fromEntries(ratios),
    }
  })
  return { name, description, quantities, comparison, baselines, contenders, absent, run }
}

function overallOf({ rounds, failure }: Outcome): Figures | null {
  if (failure !== null) return null
  const quantities = [...new Set(rounds.flatMap(round => Object.keys(round)))] as Quantity[]
  return Object.fromEntries(
    quantities.map(quantity => {
      const values = rounds.flatMap(round => round[quantity] ?? [])
      return [quantity, QUANTITIES[quantity].over === 'median' ? median(values) : Math.max(...values)]
    }),
  )
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  return ((sorted[Math.floor(half)] ?? Number.NaN) + (sorted[Math.ceil(half)] ?? Number.NaN)) / 2
}

function spread({ rounds }: Outcome, quantity: Quantity, overall: Figures | null): number {
  const center = overall?.[quantity]
  if (center === undefined) return 0
  return Math.max(...rounds.map(round => Math.abs((round[quantity] ?? center) - center) / center))
}
