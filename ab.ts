// node ab.ts SCENARIO ROUNDS SECONDS name=root name=root ...
import { prepareTestBed } from './bench/test-bed.ts'
import { requirements } from './bench/benchmark.ts'
import { certhop } from './bench/peers/certhop.ts'
import { nginx } from './bench/peers/nginx.ts'
import { squid } from './bench/peers/squid.ts'
import { runScenario } from './bench/run-scenario.ts'
const [, , name, rounds, seconds, ...variants] = process.argv
const scenario = (await import(`./bench/scenarios/${name}.ts`))[name!]
const cores = requirements() as any
const peers: any[] = name === 'tunnels' ? [squid] : [nginx]
for (const v of variants) {
  const [n, root] = v.split('=')
  const mod = await import(`${root}/bench/peers/certhop.ts`)
  const p = mod.certhop(process.env.PROF)
  peers.push({ ...p, name: n, start: p.start })
}
await using bed = await prepareTestBed(cores)
const results = await runScenario(bed, scenario, peers, { rounds: +rounds!, seconds: +seconds!, warmUpSeconds: 4 }, () => {})
const med = (a: number[]) => a.toSorted((x, y) => x - y)[a.length >> 1]!
const base = med(results[0]!.rounds.map(r => r.cpuMicrosecondsPerRequest))
for (const r of results) {
  const m = med(r.rounds.map(x => x.cpuMicrosecondsPerRequest))
  console.log(r.name.padEnd(14), m.toFixed(1), (m / base).toFixed(3), 'others', med(r.rounds.map(x => x.others)).toFixed(2), 'MiB', (r.peakBytes / 2 ** 20).toFixed(0), r.failure ?? '')
}
process.exit(0)
