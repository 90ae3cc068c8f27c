import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { ContenderReport, ScenarioReport } from './report.ts'

const FILE = fileURLToPath(new URL('../recorded.json', import.meta.url))

/** What a ratio may grow by before it counts as worse. */
const TOLERANCE = 0.2

/** The results that the repository keeps, without their rounds; none before the first were written. */
export function readRecorded(): ScenarioReport[] {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : []
}

export async function writeRecorded(reports: readonly ScenarioReport[]): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(reports, null, 2)}\n`)
}

/** What is recorded with new results in their places, in the order of `names`; what is not named is dropped. */
export function merged(
  recorded: readonly ScenarioReport[],
  reports: readonly ScenarioReport[],
  names: readonly string[],
): ScenarioReport[] {
  return names.flatMap(name => {
    const report = [...reports, ...recorded].find(each => each.name === name)
    if (report === undefined) return []
    return { ...report, contenders: report.contenders.map(contender => ({ ...contender, rounds: [] })) }
  })
}

/** The same contender as it was recorded; undefined when it was not, or had failed. */
export function recordedOf(
  recorded: readonly ScenarioReport[],
  scenario: string,
  contender: string,
): ContenderReport | undefined {
  const report = recorded.find(({ name }) => name === scenario)
  return report?.contenders.find(({ name, overall }) => name === contender && overall !== null)
}

export interface Regression {
  readonly scenario: string
  readonly contender: string
  readonly baseline: string
  /** Ratios to the baseline. */
  readonly now: number
  readonly recorded: number
}

/** Where certhop's ratios are worse than the recorded ones by more than a fifth. */
export function regressions(
  recorded: readonly ScenarioReport[],
  reports: readonly ScenarioReport[],
): Regression[] {
  return reports.flatMap(report =>
    report.contenders
      .filter(({ program }) => program === 'certhop')
      .flatMap(({ name, ratios }) => {
        const before = recordedOf(recorded, report.name, name)?.ratios ?? {}
        return Object.entries(ratios).flatMap(([baseline, now]) => {
          const recorded = before[baseline]
          if (recorded === undefined || now <= recorded * (1 + TOLERANCE)) return []
          return { scenario: report.name, contender: name, baseline, now, recorded }
        })
      }),
  )
}
