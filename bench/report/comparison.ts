import { formatQuantity } from './quantity.ts'
import type { ContenderReport, ScenarioReport } from './report.ts'

/** Beside which baseline, as the scenario compares: `× nginx`, `− direct`. */
export function comparedWith({ comparison }: Pick<ScenarioReport, 'comparison'>, baseline: string): string {
  return `${comparison === 'ratio' ? '×' : '−'} ${baseline}`
}

/** A contender beside a baseline; empty when one of the two has no figures. */
export function formatCompared(
  { comparison, quantities: [quantity] }: Pick<ScenarioReport, 'comparison' | 'quantities'>,
  { overall, ratios }: ContenderReport,
  baseline: string,
): string {
  const [own, ratio] = [overall?.[quantity], ratios[baseline]]
  if (own === undefined || ratio === undefined) return ''
  return comparison === 'ratio' ? ratio.toFixed(2) : formatQuantity(quantity, own - own / ratio)
}
