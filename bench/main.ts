import { writeFile } from 'node:fs/promises'
import { styleText } from 'node:util'
import { HELP, readArguments, UsageError } from './arguments.ts'
import { requirements, runBenchmark } from './benchmark.ts'
import { writeDocument } from './report/document.ts'
import { scenarioTable } from './report/markdown.ts'
import { merged, type Regression, readRecorded, regressions, writeRecorded } from './report/recorded.ts'
import type { ScenarioReport } from './report/report.ts'
import { SCENARIOS } from './scenarios/scenarios.ts'

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function main(): Promise<number> {
  const { help, json, compare, write, plan } = readArguments()
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
  const cores = requirements()
  if (Array.isArray(cores)) {
    progress(`Benchmark skipped: it needs ${cores.join(' and ')}.`)
    return 0
  }
  const recorded = readRecorded()
  const reports: ScenarioReport[] = []
  await runBenchmark(cores, plan, progress, async report => {
    reports.push(report)
    const title = styleText('bold', `${report.name}: ${report.description}`)
    process.stdout.write(`\n${title}\n\n${scenarioTable(report, recorded)}`)
    // Of a long run everything but the last scenario survives an interruption.
    if (write) await record(merged(recorded, reports.filter(isComplete), SCENARIO_NAMES))
  })
  if (json !== undefined) await writeFile(json, `${JSON.stringify(reports, null, 2)}\n`)
  const isWorse = compare && tellRegressions(regressions(recorded, reports))
  return isWorse || reports.some(hasCerthopFailed) ? 1 : 0
}

const SCENARIO_NAMES = SCENARIOS.map(({ name }) => name)

/** Whether there is something to compare. What any other proxy gets wrong is told in its place. */
function isComplete(report: ScenarioReport): boolean {
  const { baselines, contenders } = report
  const lacksBaseline = contenders.some(({ name, failure }) => baselines.includes(name) && failure !== null)
  return !lacksBaseline && !hasCerthopFailed(report)
}

function hasCerthopFailed({ contenders }: ScenarioReport): boolean {
  return contenders.some(({ program, failure }) => program === 'certhop' && failure !== null)
}

async function record(reports: readonly ScenarioReport[]): Promise<void> {
  await writeRecorded(reports)
  await writeDocument(reports)
}

/** Returns whether there are any. */
function tellRegressions(found: readonly Regression[]): boolean {
  for (const { scenario, contender, baseline, now, recorded } of found) {
    const ratios = `${now.toFixed(2)} × ${baseline}, recorded ${recorded.toFixed(2)}`
    process.stdout.write(`${styleText('red', 'worse')} ${scenario}, ${contender}: ${ratios}\n`)
  }
  return found.length > 0
}

// What was started ends with this process (see system/pinned-process.ts), but only when it exits by itself.
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

try {
  process.exitCode = await main()
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException
  progress(message)
  process.exitCode = code?.startsWith('ERR_PARSE_ARGS') || error instanceof UsageError ? 2 : 1
}
