// Plain JavaScript for any Node >= 20: this runs before the pinned runtime is known to be there.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runInForeground } from './foreground.js'

/** The Node binary that the `node` npm package brought, or null where its install script did not run. */
export function pinnedNode() {
  for (const folder of ['../node_modules', '../..']) {
    const path = fileURLToPath(new URL(`${folder}/node/bin/node`, import.meta.url))
    if (existsSync(path)) return path
  }
  return null
}

/** Runs `command` in this process's place, and ends with its exit status. */
export async function become(command, args) {
  const status = await runInForeground(command, args).catch(error => {
    process.stderr.write(`${command}: ${error.message}\n`)
    return 1
  })
  process.exit(status)
}
