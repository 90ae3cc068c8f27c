import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Plan } from './benchmark.ts'
import { PEERS } from './peers/peers.ts'
import type { Effort } from './run-scenario.ts'
import { SCENARIOS, scenariosNamed } from './scenarios/scenarios.ts'

const FULL: Effort = { rounds: 5, seconds: 5, warmUpSeconds: 5 }
const QUICK: Effort = { rounds: 3, seconds: 1, warmUpSeconds: 1 }

export const HELP = `Usage: npm run bench -- [SCENARIO...] [options]

Compares what requests cost through certhop and through other proxies that do the same job: mTLS to an nginx that
demands a client certificate. The measured one has a core for itself; load and server have another. Every answer is
checked to have been given under the right identity. Needs Linux, nginx and wrk; README.md says how to get the others.

Scenarios (all, if none is named; \`small\` stands for all whose names begin with small-):
${SCENARIOS.map(scenario => `  ${scenario.name.padEnd(16)}${scenario.description}`).join('\n')}

Options:
  --quick         ${QUICK.rounds} rounds of ${QUICK.seconds} s instead of ${FULL.rounds} of ${FULL.seconds} s; without names not all scenarios
  --rounds N      another number of rounds
  --peers NAMES   these alone, separated by commas: ${PEERS.map(({ name }) => name).join(', ')}
  --json FILE     write the results, every round included, to FILE
  --compare       exit with 1 when a ratio of certhop is worse than the recorded one by more than a fifth
  --write         record each scenario but those in which certhop or a baseline failed, and write docs/performance.md from what is recorded
  --cpu-prof DIR  run certhop alone, under Node's profiler, and leave its CPU profiles in DIR
  --help          show this

Progress goes to stderr, tables to stdout, with certhop's recorded ratios beside those of the run. Exit status: 0 when all
of certhop's answers were right, however slow; 1 when one was wrong, it crashed, or \`--compare\` found something; 2 for
wrong usage.
`

/** What was asked for can't be done. */
export class UsageError extends Error {}

/** Throws `UsageError`, or what `parseArgs` throws. */
export function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      peers: { type: 'string' },
      json: { type: 'string' },
      compare: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick, help, json, compare, write } = values
  const plan = readPlan(positionals, quick, values)
  if (write && plan.peers !== null) throw new UsageError('--write takes all peers')
  return { help, json, compare, write, plan }
}

interface PlanOptions {
  readonly rounds?: string | undefined
  readonly peers?: string | undefined
  readonly 'cpu-prof'?: string | undefined
}

function readPlan(names: readonly string[], quick: boolean, options: PlanOptions): Plan {
  const { rounds, peers, 'cpu-prof': profileFolder } = options
  const unknown = names.find(name => scenariosNamed(name).length === 0)
  if (unknown !== undefined) throw new UsageError(`There is no scenario '${unknown}'`)
  const chosen = peers?.split(',') ?? null
  const stranger = chosen?.find(name => !PEERS.some(peer => peer.name === name))
  if (stranger !== undefined) throw new UsageError(`There is no peer '${stranger}'`)
  if (rounds !== undefined && !/^[1-9]\d{0,3}$/.test(rounds)) {
    throw new UsageError(`--rounds takes a number from 1 on, not '${rounds}'`)
  }
  const named = new Set(names.flatMap(scenariosNamed))
  const effort = quick ? QUICK : FULL
  return {
    scenarios: SCENARIOS.filter(scenario =>
      named.size > 0 ? named.has(scenario) : scenario.quick || !quick,
    ),
    // The profiler itself takes time, so that a profiled certhop has no place beside the others.
    peers: profileFolder === undefined ? chosen : ['certhop'],
    effort: rounds === undefined ? effort : { ...effort, rounds: Number(rounds) },
    profileFolder: profileFolder === undefined ? null : resolve(profileFolder),
  }
}
