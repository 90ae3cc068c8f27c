// How long a running certhop takes to decide: opens a registry, says so, and then looks up hosts for as many seconds as each
// line on stdin says. The argument and the results are JSON. Time is that of the thread, because other processes take their
// share of a core.
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { Registry } from '../../src/registry/registry.ts'
import { percentile } from '../load/percentile.ts'

const PORT = 443
const TURNS = 10_000

/** What to look up. */
export interface LookUps {
  readonly registry: string
  readonly hosts: {
    /** Looked up in turns, again and again; each has an entry. */
    readonly known: readonly string[]
    /** Any host below one of these has an entry. */
    readonly parents: readonly string[]
  }
}

export interface LookUpResult {
  /** Nanoseconds for a host that was asked for before. */
  readonly lookUp: number
  /** Microseconds for one that was not, where there are any. */
  readonly firstLookUp?: number
}

const { registry: file, hosts } = JSON.parse(process.argv[2] ?? '') as LookUps
const registry = await Registry.open(file, { watch: false })
const snapshot = registry.current

function microseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

function lookUp(host: string): void {
  if (snapshot.select(host, PORT).identity === null) throw new Error(`nobody wins for ${host}`)
}

/** The nanoseconds that each look-up takes. */
function lookUpKnown(seconds: number): number {
  const started = microseconds()
  let count = 0
  do {
    for (let turn = 0; turn < TURNS; turn++) lookUp(hosts.known[turn % hosts.known.length] as string)
    count += TURNS
  } while (microseconds() - started < seconds * 1e6)
  return ((microseconds() - started) * 1e3) / count
}

/** The microseconds that such a look-up takes. They are too short for the account of the thread, and too few for a mean. */
function lookUpNew(): number {
  const each = hosts.parents.map(parent => {
    const host = `${process.hrtime.bigint()}.${parent}`
    const started = performance.now()
    lookUp(host)
    return (performance.now() - started) * 1e3
  })
  return percentile(each, 0.5)
}

process.stdout.write('ready\n')
for await (const seconds of createInterface({ input: process.stdin })) {
  const result: LookUpResult = {
    ...(hosts.parents.length > 0 && { firstLookUp: lookUpNew() }),
    lookUp: lookUpKnown(Number(seconds)),
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
