// Loads where wrk can't: tunnels, TLS from the client on, requests at a given rate. The argument is JSON; the result goes
// to stderr as JSON.
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import type { Answer, Connection } from './connection.ts'
import { dialler } from './dial.ts'
import type { Load, LoadResult, Target } from './load.ts'
import { percentile } from './percentile.ts'

const TIMEOUT = 10_000

interface Task {
  readonly load: Load
  readonly target: Target
  readonly seconds: number
}

const { load, target, seconds } = JSON.parse(process.argv[2] ?? '') as Task
const open = dialler(load, target)
const milliseconds: number[] = []
let wrong = 0
let firstWrong = ''
let errors = 0
let firstError = ''

function isRight({ status, identity, bodyBytes }: Answer): boolean {
  const isKnown = target.subjects.some(subject => identity.startsWith(subject))
  return status === 200 && isKnown && bodyBytes === load.exchange.responseBytes
}

function keep(answer: Answer, started: number): void {
  milliseconds.push(performance.now() - started)
  if (isRight(answer)) return
  wrong++
  firstWrong ||= JSON.stringify(answer)
}

/** A connection from its first packet to its last, for one request. */
async function exchangeAlone(): Promise<void> {
  const started = performance.now()
  const connection = await open()
  const answer = await connection.exchange()
  await connection.close()
  keep(answer, started)
}

async function exchangeOn(connection: Connection): Promise<void> {
  const started = performance.now()
  keep(await connection.exchange(), started)
}

async function run(until: number): Promise<void> {
  const interval = load.rate === null ? 0 : 1000 / load.rate
  let due = performance.now()
  const connection = load.kept ? await open() : null
  while (performance.now() < until) {
    await (connection === null ? exchangeAlone() : exchangeOn(connection))
    due += interval
    if (interval > 0) await setTimeout(due - performance.now())
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
