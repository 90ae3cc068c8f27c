import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chart } from './chart.ts'
import { comparedWith, formatCompared } from './comparison.ts'
import { layOut, scenarioTable } from './markdown.ts'
import { formatQuantity, QUANTITIES } from './quantity.ts'
import type { ScenarioReport } from './report.ts'

const DOCS = fileURLToPath(new URL('../../docs', import.meta.url))
const IMAGES = 'images'

const HEAD = `# Performance

Written by \`npm run bench -- --write\`, never by hand; [how it is measured](../bench/README.md). Less is better in all columns
but requests a second. Each scenario compares its contenders in one run: across runs and machines, ratios can be compared,
and the other numbers cannot.
`

/** Writes docs/performance.md and its pictures. */
export async function writeDocument(reports: readonly ScenarioReport[]): Promise<void> {
  await mkdir(join(DOCS, IMAGES), { recursive: true })
  for (const report of reports) await writeFile(join(DOCS, pictureOf(report)), chart(report))
  await writeFile(join(DOCS, 'performance.md'), document(reports))
}

export function document(reports: readonly ScenarioReport[]): string {
  return [HEAD, summary(reports), ...reports.map(section)].join('\n')
}

/** certhop alone, in a line a scenario. */
function summary(reports: readonly ScenarioReport[]): string {
  const rows = reports.flatMap(report => {
    const [quantity] = report.quantities
    const certhop = report.contenders.find(({ name, overall }) => name === 'certhop' && overall !== null)
    if (certhop === undefined) return []
    const compared = report.baselines.map(
      baseline => `${formatCompared(report, certhop, baseline)} ${comparedWith(report, baseline)}`,
    )
    const value = `${formatQuantity(quantity, certhop.overall?.[quantity])} ${QUANTITIES[quantity].title}`
    return [[`[${report.name}](#${anchorOf(report)})`, value, compared.join(', ')]]
  })
  return layOut([['scenario', 'certhop', 'compared'], ...rows])
}

function section(report: ScenarioReport): string {
  return `## ${titleOf(report)}

![${report.description}](${pictureOf(report)})

${scenarioTable(report, [])}
${origin(report)}
`
}

/** Where the numbers come from. */
function origin({ run, contenders }: ScenarioReport): string {
  const { machine, effort, date } = run
  const versions = {
    ...run.versions,
    ...Object.fromEntries(contenders.map(each => [each.program, each.version])),
  }
  const named = Object.entries(versions).filter(([, version]) => version !== '')
  const rounds = `${effort.rounds} interleaved rounds of ${effort.seconds} s`
  return `${rounds}, ${date.slice(0, 10)}, ${machine}; ${named.map(pair => pair.join(' ')).join(', ')}.`
}

function titleOf({ name, description }: ScenarioReport): string {
  return `${name}: ${description}`
}

/** As GitHub makes it of the heading. */
function anchorOf(report: ScenarioReport): string {
  return titleOf(report)
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

function pictureOf({ name }: ScenarioReport): string {
  return `${IMAGES}/performance-${name}.svg`
}
