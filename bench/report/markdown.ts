import { formatQuantity, formatShare, QUANTITIES } from './quantity.ts'
import type { ContenderReport, ScenarioReport } from './report.ts'

/** A scenario's table, readable as it is in a terminal too, with what went wrong below. */
export function scenarioTable(report: ScenarioReport): string {
  const columns = columnsOf(report)
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

function columnsOf({ quantities, baselines, comparison, contenders }: ScenarioReport): Column[] {
  const [first, ...others] = quantities
  const base = (name: string) => contenders.find(contender => contender.name === name)?.overall?.[first] ?? 0
  const compared = baselines.map((name): Column => {
    if (comparison === 'ratio') return [`× ${name}`, ({ ratios }) => ratios[name]?.toFixed(2) ?? '']
    return [
      `− ${name}`,
      ({ overall }) =>
        formatQuantity(first, overall === null ? undefined : (overall[first] ?? 0) - base(name)),
    ]
  })
  return [
    ['', ({ name }) => name],
    [
      QUANTITIES[first].title,
      ({ overall }) => (overall === null ? 'failed' : formatQuantity(first, overall[first])),
    ],
    ...compared,
    ['spread', ({ overall, spread }) => (overall === null ? '' : `±${formatShare(spread)}`)],
    ...others.map(
      (quantity): Column => [
        QUANTITIES[quantity].title,
        ({ overall }) => formatQuantity(quantity, overall?.[quantity]),
      ],
    ),
  ]
}

function layOut(rows: readonly string[][]): string {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(3, ...rows.map(row => row[column]?.length ?? 0)))
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  const [title = [], ...body] = rows.map(row => row.map(pad))
  return [title, rule, ...body].map(row => `| ${row.join(' | ')} |\n`).join('')
}
