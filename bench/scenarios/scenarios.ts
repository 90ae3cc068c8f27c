import type { Scenario } from '../scenario.ts'
import { cold } from './cold.ts'
import { latency } from './latency.ts'
import { logs } from './logs.ts'
import { bulk, page, post } from './messages.ts'
import { registry } from './registry.ts'
import { reload } from './reload.ts'
import { small } from './small.ts'
import { idle, start } from './start.ts'
import { blind, keptTunnels, tunnels } from './tunnels.ts'
import { workers } from './workers.ts'

/** In the order of the document. */
export const SCENARIOS: readonly Scenario[] = [
  ...small,
  post,
  page,
  ...bulk,
  tunnels,
  ...keptTunnels,
  blind,
  cold,
  ...latency,
  logs,
  workers,
  registry,
  reload,
  start,
  idle,
]

/** Those of a name, or of a family: `small` is also `small-1` and `small-256`. */
export function scenariosNamed(name: string): Scenario[] {
  return SCENARIOS.filter(scenario => scenario.name === name || scenario.name.startsWith(`${name}-`))
}
