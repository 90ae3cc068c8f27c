import { installedVersion } from './installed.ts'
import { loadVersion } from './load.ts'
import { nginxVersion } from './nginx.ts'
import type { Peer } from './peer.ts'
import { type Cores, twoCores } from './processor.ts'
import { machine, type Report, reportScenario } from './report.ts'
import { type Effort, runScenario } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'
import { prepareTestBed } from './test-bed.ts'

/** The cores to run on, or the names of what is missing here and without which nothing can be measured. */
export function requirements(): Cores | string[] {
  const cores = twoCores()
  const taskset = installedVersion('taskset', '--version', /util-linux (\S+)/)
  const missing = Object.entries({ nginx: nginxVersion(), wrk: loadVersion(), taskset })
    .filter(([, version]) => version === null)
    .map(([name]) => name)
  if (cores === null) return ['two cores under Linux', ...missing]
  return missing.length > 0 ? missing : cores
}

/** Runs the scenarios one after the other, each with those of the peers that know its way and are installed. */
export async function runBenchmark(
  cores: Cores,
  scenarios: readonly Scenario[],
  peers: readonly Peer[],
  effort: Effort,
  progress: (line: string) => void,
): Promise<Report> {
  const versions: Record<string, string> = { node: process.versions.node, wrk: loadVersion() ?? '' }
  const needed = peers.filter(peer => scenarios.some(({ way }) => peer.ways.includes(way)))
  const installed = needed.filter(peer => {
    const version = peer.version()
    if (version === null) progress(`${peer.name} is not installed: skipped.`)
    else versions[peer.name] = version
    return version !== null
  })
  await using bed = await prepareTestBed(cores)
  const reports = []
  for (const scenario of scenarios) {
    const contenders = installed.filter(peer => peer.ways.includes(scenario.way))
    reports.push(reportScenario(scenario, await runScenario(bed, scenario, contenders, effort, progress)))
  }
  return { machine: machine(), versions, effort, scenarios: reports }
}
