// Plain JavaScript for any Node >= 20: this runs before the pinned runtime is known to be there.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'

/** The Node binary that the `node` npm package brought, or null where its install script did not run. */
export function pinnedNode() {
  for (const folder of ['../node_modules', '../..']) {
    const path = fileURLToPath(new URL(`${folder}/node/bin/node`, import.meta.url))
    if (existsSync(path)) return path
  }
  return null
}

/** Runs `command` in this process's place: its output, its signals, its exit status. */
export function become(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' })
  // A terminal's Ctrl-C reaches the child by itself, and a second one would end it at once.
  const terminal = [0, 1, 2].some(descriptor => isatty(descriptor))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
    process.on(signal, () => (signal === 'SIGINT' && terminal) || child.kill(signal))
  }
  child.on('error', error => {
    process.stderr.write(`${command}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}
