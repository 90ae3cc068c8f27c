// Runs the pinned Node with the given arguments and installs the packages first where they are missing or stale,
// so that `npm start` and `npm test` are good first commands on a fresh clone with any Node >= 20.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { become, pinnedNode } from '../bin/runtime.js'

const root = fileURLToPath(new URL('..', import.meta.url))

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(`${root}${lockFile}`, 'utf8')).packages
  } catch {
    return {}
  }
}

/** True when node_modules holds what package-lock.json asks for; packages for other platforms may be absent. */
function installed() {
  const present = packagesOf('node_modules/.package-lock.json')
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, wanted]) => path === '' || wanted.optional || present[path]?.version === wanted.version,
  )
}

if (!installed() || !pinnedNode()) {
  process.stderr.write('Installing packages (npm ci) ...\n')
  const npm = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (npm.status !== 0) {
    process.stderr.write('npm ci failed: a first start needs the npm registry.\n')
    process.exit(1)
  }
}
become(pinnedNode(), process.argv.slice(2))
