import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** One core for what is measured, another for the load and the server, so that neither takes time from the other. */
export interface Cores {
  readonly measured: number
  readonly load: number
}

/** The first two processors that this process may use; null where there are fewer, or where this is not Linux. */
export function twoCores(): Cores | null {
  if (process.platform !== 'linux') return null
  const allowed = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const [measured, load] = allowed.split(',').flatMap(expandRange)
  return measured === undefined || load === undefined ? null : { measured, load }
}

/** Keeps this process, and what it starts from now on, to one processor. */
export function moveTo(core: number): void {
  spawnSync('taskset', ['--all-tasks', '--pid', '--cpu-list', String(core), String(process.pid)])
}

function expandRange(range: string): number[] {
  const [first = Number.NaN, last = first] = range.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
