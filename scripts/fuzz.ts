// Runs every file of properties with many times the runs that `npm test` gives them, and no limit of time.
// CERTHOP_PROPERTY_RUNS says how many times (default 20). Further arguments are for Node's test runner.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const files = globSync('test/*/*.test.ts', { cwd }).filter(file =>
  readFileSync(cwd + file, 'utf8').includes("from '../support/property.ts'"),
)
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', ...process.argv.slice(2), ...files],
  { cwd, stdio: 'inherit', env: { CERTHOP_PROPERTY_RUNS: '20', ...process.env } },
)
process.exitCode = status ?? 1
