// Builds the page after `npm ci`, so that a checkout serves it. Without the development packages there is nothing to build
// it with, and everything but the page works without it: then, and when the build fails, the installation still succeeds.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from '../bin/runtime.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const vite = `${root}node_modules/vite/bin/vite.js`

if (existsSync(vite)) {
  // Not the Node that npm runs on: that may be any from 20 on, and Vite asks for more.
  const build = spawnSync(pinnedNode() ?? process.execPath, [vite, 'build', 'web', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (build.status !== 0) process.stderr.write('The page was not built: `npm run build:page` says why.\n')
}
