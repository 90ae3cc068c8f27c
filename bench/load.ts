import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installedVersion } from './installed.ts'
import type { Scenario } from './scenario.ts'

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url))

/** Null where wrk, the load generator, is not installed. */
export function loadVersion(): string | null {
  return installedVersion('wrk', '-v', /^wrk (\S+)/)
}

interface Load {
  readonly scenario: Scenario
  /** Of the proxy. */
  readonly url: string
  readonly host: string
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
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** As many requests as the connections carry, for that many seconds. */
export async function runLoad({ scenario, url, host, subject, seconds, core }: Load): Promise<LoadResult> {
  const target = `http://${host}${scenario.path}`
  const wrk = ['wrk', '--threads=1', `--connections=${scenario.connections}`, `--duration=${seconds}s`]
  const script = ['--timeout=10s', `--script=${SCRIPT}`, url, '--']
  const expected = [target, scenario.identityIn, subject, String(scenario.bodyBytes)]
  const command = ['-c', String(core), ...wrk, ...script, ...expected]
  const { stderr } = await promisify(execFile)('taskset', command)
  return JSON.parse(stderr) as LoadResult
}
