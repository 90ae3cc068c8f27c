// Loads where wrk can't: tunnels, TLS from the client on, new processes, requests at a given rate, identities that change.
// The argument is JSON; the result goes to stderr as JSON.
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import type { Answer } from './answer.ts'
import { curl } from './curl.ts'
import { dialler } from './dial.ts'
import type { Load, Target } from './load.ts'
import { Tally } from './tally.ts'

/** How long an answer may take, in milliseconds. */
const PATIENCE = 10_000
/** How long a load goes on when another identity has answered. */
const AFTERMATH = 1_000

interface Task {
  readonly load: Load
  readonly target: Target
  readonly seconds: number
}

/** An answer and the milliseconds that it took. */
type Timed = readonly [Answer, number]

const { load, target, seconds } = JSON.parse(process.argv[2] ?? '') as Task
const open = dialler(load, target)
const tally = new Tally(load, target)
let until = performance.now() + seconds * 1000

/** For each of the connections: what it takes to get one answer after the other. */
const BEGIN: Readonly<Record<Load['lifetime'], () => Promise<() => Promise<Timed>>>> = {
  async kept() {
    const connection = await open()
    return () => timed(() => connection.exchange())
  },
  async request() {
    return () =>
      timed(async () => {
        const connection = await open()
        const answer = await connection.exchange()
        await connection.close()
        return answer
      })
  },
  async process() {
    return () => curl(load, target)
  },
}

async function timed(exchange: () => Promise<Answer>): Promise<Timed> {
  const started = performance.now()
  const answer = await exchange()
  return [answer, performance.now() - started]
}

async function run(): Promise<void> {
  const next = await BEGIN[load.lifetime]()
  const interval = load.rate === null ? 0 : 1000 / load.rate
  let due = performance.now()
  while (performance.now() < until) {
    const { identities } = tally
    tally.keep(...(await next()))
    if (identities === 1 && tally.identities === 2) until = Math.min(until, performance.now() + AFTERMATH)
    due += interval
    if (interval > 0) await setTimeout(Math.max(0, due - performance.now()))
  }
}

/** Starts again after a failure, which is counted. */
async function runOnDespiteErrors(): Promise<void> {
  while (performance.now() < until) await run().catch(error => tally.fail(error))
}

const overdue = setTimeout(seconds * 1000 + PATIENCE, 'overdue', { ref: false })
const all = Promise.all(Array.from({ length: load.connections }, runOnDespiteErrors))
if ((await Promise.race([all, overdue])) === 'overdue') tally.fail(`no answer within ${PATIENCE} ms`)
process.stderr.write(JSON.stringify(tally.result()), () => process.exit())
