import { wrkVersion } from './load/load.ts'
import { PEERS } from './peers/peers.ts'
import { describeMachine, type Run, reportScenario, type ScenarioReport } from './report/report.ts'
import { type Effort, runScenario } from './run-scenario.ts'
import type { Contender, Scenario } from './scenario.ts'
import { installedVersion } from './system/installed.ts'
import { type Cores, moveTo, twoCores } from './system/processor.ts'
import { nginxVersion } from './test-bed/nginx.ts'
import { prepareTestBed } from './test-bed/test-bed.ts'

/** The cores to run on, or the names of what is missing here and without which nothing can be measured. */
export function requirements(): Cores | string[] {
  const cores = twoCores()
  const taskset = installedVersion('taskset', '--version', /util-linux (\S+)/)
  const curl = installedVersion('curl', '--version', /curl (\S+)/)
  const missing = Object.entries({ nginx: nginxVersion(), wrk: wrkVersion(), curl, taskset })
    .filter(([, version]) => version === null)
    .map(([name]) => name)
  if (cores === null) return ['two cores under Linux', ...missing]
  return missing.length > 0 ? missing : cores
}

export interface Plan {
  readonly scenarios: readonly Scenario[]
  /** The peers that take part, as far as they are installed; null for all. */
  readonly peers: readonly string[] | null
  readonly effort: Effort
  readonly profileFolder: string | null
}

/** Runs the scenarios one after the other. `onReport` gets each when it is done. */
export async function runBenchmark(
  cores: Cores,
  { scenarios, peers, effort, profileFolder }: Plan,
  progress: (line: string) => void,
  onReport: (report: ScenarioReport) => Promise<void>,
): Promise<void> {
  const versions = { node: process.versions.node, wrk: wrkVersion() ?? '' }
  const run: Run = { date: new Date().toISOString(), machine: describeMachine(), effort, versions }
  const installed = new Installed(progress)
  moveTo(cores.load)
  await using bed = await prepareTestBed(cores, profileFolder)
  for (const scenario of scenarios) {
    const contenders = scenario.contenders.filter(
      contender => isChosen(contender, peers) && installed.version(contender) !== null,
    )
    const outcomes = await runScenario(bed, scenario, contenders, effort, progress)
    const named = outcomes.map((outcome, index) => {
      const contender = contenders[index] as Contender
      return { ...outcome, program: contender.program, version: installed.version(contender) ?? '' }
    })
    await onReport(reportScenario(scenario, named, run))
  }
}

/** What is no peer, such as a client without a proxy, always takes part. */
function isChosen({ program }: Contender, peers: Plan['peers']): boolean {
  return peers === null || peers.includes(program) || !PEERS.some(peer => peer.program === program)
}

/** Asks each peer once, and says once which one is not there. */
class Installed {
  readonly #versions = new Map<string, string | null>()
  readonly #progress: (line: string) => void

  constructor(progress: (line: string) => void) {
    this.#progress = progress
  }

  version(contender: Contender): string | null {
    const known = this.#versions.get(contender.program)
    if (known !== undefined) return known
    const version = contender.version()
    this.#versions.set(contender.program, version)
    if (version === null) {
      this.#progress(`${contender.program} is not installed (${contender.install}) and left out.`)
    }
    return version
  }
}
