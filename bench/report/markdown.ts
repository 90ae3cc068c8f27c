import { comparedWith, formatCompared } from './comparison.ts'
import { formatQuantity, formatShare, QUANTITIES } from './quantity.ts'
import { recordedOf } from './recorded.ts'
import type { ContenderReport, ScenarioReport } from './report.ts'

/**
 * A scenario's table, readable as it is in a terminal too, with what went wrong below. Where something is recorded, certhop's
 * comparisons stand beside the recorded ones.
 */
export function scenarioTable(report: ScenarioReport, recorded: readonly ScenarioReport[]): string {
  const columns = columnsOf(report, recorded)
  const rows = [
    columns.map(([title]) => title),
    ...report.contenders.map(contender => columns.map(([, cell]) => cell(contender))),
    ...report.absent.map(({ name, reason }) => [name, reason, ...columns.slice(2).map(() => '')]),
  ]
  const failures = report.contenders
    .filter(contender => contender.failure !== null)
    .map(({ name, failure }) => `\n${name} failed: ${failure}\n`)
  return layOut(rows) + failures.join('')
}

type Column = readonly [title: string, cell: (contender: ContenderReport) => string]

function columnsOf(report: ScenarioReport, recorded: readonly ScenarioReport[]): Column[] {
  const [first, ...others] = report.quantities
  return [
    ['', ({ name }) => name],
    [
      QUANTITIES[first].title,
      ({ overall }) => (overall === null ? 'failed' : formatQuantity(first, overall[first]) || 'too slow'),
    ],
    ...report.baselines.flatMap(baseline => comparisons(report, baseline, recorded)),
    ['spread', ({ overall, spread }) => (overall === null ? '' : `±${formatShare(spread)}`)],
    ...others.map(
      (quantity): Column => [
        QUANTITIES[quantity].title,
        ({ overall }) => formatQuantity(quantity, overall?.[quantity]),
      ],
    ),
  ]
}

function comparisons(
  report: ScenarioReport,
  baseline: string,
  recorded: readonly ScenarioReport[],
): Column[] {
  const now: Column = [
    comparedWith(report, baseline),
    contender => formatCompared(report, contender, baseline),
  ]
  if (!recorded.some(({ name }) => name === report.name)) return [now]
  const before: Column = [
    'recorded',
    ({ name, program }) => {
      const contender = program === 'certhop' ? recordedOf(recorded, report.name, name) : undefined
      return contender === undefined ? '' : formatCompared(report, contender, baseline)
    },
  ]
  return [now, before]
}

/** A table whose first row is the head; all columns but the first are numbers. */
export function layOut(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(3, ...rows.map(row => row[column]?.length ?? 0)))
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  const [title = [], ...body] = rows.map(row => row.map(pad))
  return [title, rule, ...body].map(row => `| ${row.join(' | ')} |\n`).join('')
}
