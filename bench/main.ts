import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { requirements, runBenchmark } from './benchmark.ts'
import { markdown } from './markdown.ts'
import { certhop } from './peers/certhop.ts'
import { httpProxy } from './peers/http-proxy.ts'
import { nginx } from './peers/nginx.ts'
import { squid } from './peers/squid.ts'
import type { Effort } from './run-scenario.ts'
import { bulk } from './scenarios/bulk.ts'
import { small } from './scenarios/small.ts'
import { tunnels } from './scenarios/tunnels.ts'

const SCENARIOS = [small, bulk, tunnels]
const FULL: Effort = { rounds: 5, seconds: 10, warmUpSeconds: 10 }
const QUICK: Effort = { rounds: 5, seconds: 1, warmUpSeconds: 3 }
const DOCUMENT = new URL('../docs/performance.md', import.meta.url)
const DOCUMENT_HEAD =
  '# Performance\n\nWritten by `npm run bench -- --write`; bench/README.md says how it is measured.\n\n'

const HELP = `Usage: npm run bench -- [SCENARIO...] [options]

Compares what requests cost through certhop and through other proxies that do the same job: mTLS to an nginx that
demands a client certificate. The measured one has a core for itself; load and server have another. Every answer is
checked to have been given under the right identity. Needs Linux, nginx and wrk; squid-openssl for tunnels.

Scenarios (all, if none is named):
${SCENARIOS.map(scenario => `  ${scenario.name.padEnd(16)}${scenario.description}`).join('\n')}

Options:
  --quick         rounds of ${QUICK.seconds} s instead of ${FULL.seconds} s
  --json FILE     write the results, every round included, to FILE
  --write         write the table to docs/performance.md
  --cpu-prof DIR  run certhop alone, under Node's profiler, and leave its CPU profiles in DIR
  --help          show this

Progress goes to stderr, the table to stdout. Exit status: 0 when all answers were right, however slow; 1 when any was
wrong or a process crashed; 2 for wrong usage.
`

class UsageError extends Error {}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = positionals.find(name => !SCENARIOS.some(scenario => scenario.name === name))
  if (unknown !== undefined) throw new UsageError(`There is no scenario '${unknown}'`)
  const named = SCENARIOS.filter(scenario => positionals.includes(scenario.name))
  return { ...values, scenarios: named.length === 0 ? SCENARIOS : named }
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function main(): Promise<number> {
  const { help, quick, json, write, scenarios, 'cpu-prof': profileFolder } = readArguments()
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
  const cores = requirements()
  if (Array.isArray(cores)) {
    progress(`Benchmark skipped: it needs ${cores.join(' and ')}.`)
    return 0
  }
  // The profiler itself takes time, so that a profiled certhop has no place beside the others.
  const peers =
    profileFolder === undefined ? [certhop(), nginx, httpProxy, squid] : [certhop(resolve(profileFolder))]
  const report = await runBenchmark(cores, scenarios, peers, quick ? QUICK : FULL, progress)
  process.stdout.write(markdown(report))
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`)
  if (write) await writeFile(DOCUMENT, DOCUMENT_HEAD + markdown(report))
  return report.scenarios.some(({ peers }) => peers.some(peer => peer.failure !== null)) ? 1 : 0
}

// What was started ends with this process (see pinned-process.ts), but only when it exits by itself.
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

try {
  process.exitCode = await main()
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException
  progress(message)
  process.exitCode = code?.startsWith('ERR_PARSE_ARGS') || error instanceof UsageError ? 2 : 1
}
