import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installedVersion } from './installed.ts'
import type { Scenario, Way } from './scenario.ts'

const WRK_SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url))
const TUNNELS = fileURLToPath(new URL('load-tunnels.ts', import.meta.url))

/** Null where wrk, the load generator, is not installed. */
export function loadVersion(): string | null {
  return installedVersion('wrk', '-v', /^wrk (\S+)/)
}

export interface Load {
  readonly scenario: Scenario
  /** Of the proxy. */
  readonly url: string
  /** PEM file of the authority whose leaves the proxy shows in tunnels; null when it opens none. */
  readonly authority: string | null
  /** Of the server. */
  readonly host: string
  readonly port: number
  /** The identity under which every answer must have been given. */
  readonly subject: string
  readonly seconds: number
  readonly core: number
}

export interface LoadResult {
  /** Answered ones, the wrong ones included. */
  readonly requests: number
  readonly seconds: number
  /** Answers with another status, length or identity than they should have had. */
  readonly wrong: number
  /** The first of them: status, length, identity and how the body starts. */
  readonly firstWrong: string
  /** Requests that got no answer, or not all of it. */
  readonly errors: number
  /** Why the first of them got none; empty when unknown. */
  readonly firstError: string
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** The commands that load a proxy; they print a `LoadResult` as JSON on stderr. */
const COMMANDS: Readonly<Record<Way, (load: Load) => string[]>> = {
  absolute({ scenario, url, host, subject, seconds }) {
    const wrk = ['wrk', '--threads=1', `--connections=${scenario.connections}`, `--duration=${seconds}s`]
    const script = ['--timeout=10s', `--script=${WRK_SCRIPT}`, url, '--']
    const target = `http://${host}${scenario.path}`
    return [...wrk, ...script, target, scenario.identityIn, subject, String(scenario.bodyBytes)]
  },
  tunnel: load => [process.execPath, TUNNELS, JSON.stringify(load)],
}

/** As many requests as the connections carry, for that many seconds. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const command = COMMANDS[load.scenario.way](load)
  const { stderr } = await promisify(execFile)('taskset', ['-c', String(load.core), ...command])
  return JSON.parse(stderr) as LoadResult
}
