import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Way } from '../peers/peer.ts'
import { installedVersion } from '../system/installed.ts'
import type { CredentialFiles } from '../test-bed/credentials.ts'
import type { Exchange } from './exchange.ts'

const WRK_SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url))
const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url))

/** Null where wrk is not installed, which loads whatever it is able to. */
export function wrkVersion(): string | null {
  return installedVersion('wrk', '-v', /^wrk (\S+)/)
}

/** What is asked of a proxy, or of the server itself. */
export interface Load {
  readonly way: Way | 'direct'
  readonly exchange: Exchange
  /** How many are open at a time, each with one request at a time. */
  readonly connections: number
  /**
   * How long a connection lives: as long as the load, or for one request, with a full TLS handshake where there is one; or
   * so does the process that asks.
   */
  readonly lifetime: 'kept' | 'request' | 'process'
  /** Requests a second on each connection; null for as many as it carries. */
  readonly rate: number | null
}

/** Where that is sent to. */
export interface Target {
  /** Of the proxy; null to ask the server itself. */
  readonly proxy: string | null
  /** The server. */
  readonly host: string
  readonly port: number
  /** PEM file of the authority that TLS must lead to. */
  readonly ca: string
  /** What the client shows where it speaks TLS with the server itself; null for nothing. */
  readonly client: CredentialFiles | null
  /** The identities under which answers may have been given. */
  readonly subjects: readonly string[]
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
  readonly p999: number
  readonly longest: number
  /** By identity, where wrk does not ask. */
  readonly identities?: Readonly<Record<string, IdentityTimes>>
}

/** Milliseconds since 1970. */
export interface IdentityTimes {
  readonly firstAnswered: number
  /** When the last request was sent that it answered. */
  readonly lastAsked: number
}

/** Asks for that many seconds. Throws when any answer was wrong or missing. */
export async function runLoad(
  core: number,
  load: Load,
  target: Target,
  seconds: number,
): Promise<LoadResult> {
  const command =
    load.way === 'absolute' && load.lifetime === 'kept' && load.rate === null && target.subjects.length === 1
      ? wrk(load, target, seconds)
      : [process.execPath, PROGRAM, JSON.stringify({ load, target, seconds })]
  const { stderr } = await promisify(execFile)('taskset', ['-c', String(core), ...command])
  const result = JSON.parse(stderr) as LoadResult
  if (result.wrong > 0) throw new Error(`${result.wrong} wrong answers, first ${result.firstWrong}`)
  if (result.errors > 0)
    throw new Error(`${result.errors} requests got no answer ${result.firstError}`.trim())
  return result
}

function wrk({ exchange, connections }: Load, { proxy, host, subjects }: Target, seconds: number): string[] {
  const { path, requestBytes, responseBytes, identityIn } = exchange
  const limits = ['--threads=1', `--connections=${connections}`, `--duration=${seconds}s`, '--timeout=10s']
  const expected = [`http://${host}${path}`, requestBytes, identityIn, ...subjects, responseBytes].map(String)
  return ['wrk', ...limits, `--script=${WRK_SCRIPT}`, proxy ?? '', '--', ...expected]
}
