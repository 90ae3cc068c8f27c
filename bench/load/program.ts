// Loads where wrk can't: tunnels, TLS from the client on, new processes, requests at a given rate. The argument is JSON; the
// result goes to stderr as JSON.
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { type Answer, isRight } from './answer.ts'
import { curl } from './curl.ts'
import { dialler } from './dial.ts'
import type { Load, LoadResult, Target } from './load.ts'
import { percentile } from './percentile.ts'

const TIMEOUT = 10_000

interface Task {
  readonly load: Load
  readonly target: Target
  readonly seconds: number
}

/** An answer and the milliseconds that it took. */
type Timed = readonly [Answer, number]

const { load, target, seconds } = JSON.parse(process.argv[2] ?? '') as Task
const milliseconds: number[] = []
let wrong = 0
let firstWrong = ''
let errors = 0
let firstError = ''

/** For each of the connections: what it takes to get one answer after the other. */
const STARTS: Readonly<Record<Load['lifetime'], () => Promise<() => Promise<Timed>>>> = {
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
const open = dialler(load, target)

async function timed(exchange: () => Promise<Answer>): Promise<Timed> {
  const started = performance.now()
  const answer = await exchange()
  return [answer, performance.now() - started]
}

async function run(until: number): Promise<void> {
  const next = await STARTS[load.lifetime]()
  const interval = load.rate === null ? 0 : 1000 / load.rate
  let due = performance.now()
  while (performance.now() < until) {
    const [answer, took] = await next()
    milliseconds.push(took)
    if (!isRight(answer, load.exchange, target.subjects)) {
      wrong++
      firstWrong ||= JSON.stringify(answer)
    }
    due += interval
    if (interval > 0) await setTimeout(Math.max(0, due - performance.now()))
  }
}

/** Starts again after a failure, which is counted. */
async function runOnDespiteErrors(until: number): Promise<void> {
  while (performance.now() < until) {
    try {
      await run(until)
    } catch (error) {
      errors++
      firstError ||= String(error)
    }
  }
}

const started = performance.now()
const until = started + seconds * 1000
const overdue = setTimeout(seconds * 1000 + TIMEOUT, 'overdue', { ref: false })
const all = Promise.all(Array.from({ length: load.connections }, () => runOnDespiteErrors(until)))
if ((await Promise.race([all, overdue])) === 'overdue') {
  errors++
  firstError ||= `no answer within ${TIMEOUT} ms`
}
const result: LoadResult = {
  requests: milliseconds.length,
  seconds: (performance.now() - started) / 1000,
  wrong,
  firstWrong,
  errors,
  firstError,
  p50: percentile(milliseconds, 0.5),
  p99: percentile(milliseconds, 0.99),
  p999: percentile(milliseconds, 0.999),
}
process.stderr.write(JSON.stringify(result), () => process.exit())
