import type { Report } from './report.ts'

type ScenarioReport = Report['scenarios'][number]
type PeerReport = ScenarioReport['peers'][number]

const MEGABYTE = 1024 ** 2

type Column = readonly [title: string, cell: (peer: PeerReport) => string]

const columns = (baseline: string): readonly Column[] => [
  ['', peer => peer.name],
  ['CPU µs a request', peer => peer.median?.cpuMicrosecondsPerRequest.toFixed(1) ?? 'failed'],
  [`× ${baseline}`, peer => peer.ratio?.cpu.toFixed(2) ?? ''],
  ['spread', peer => (peer.median ? `±${percent(peer.spread)}` : '')],
  ['requests a second', peer => peer.median?.requestsPerSecond.toFixed(0) ?? ''],
  [`× ${baseline}`, peer => peer.ratio?.requests.toFixed(2) ?? ''],
  ['p50 ms', peer => peer.median?.p50.toFixed(2) ?? ''],
  ['p99 ms', peer => peer.median?.p99.toFixed(2) ?? ''],
  ['peak MiB', peer => (peer.median ? (peer.peakBytes / MEGABYTE).toFixed(0) : '')],
  ['core used', peer => (peer.median ? percent(peer.median.busy) : '')],
  ['by others', peer => (peer.median ? percent(peer.median.others) : '')],
]

/** The report as Markdown that is readable as it is in a terminal. */
export function markdown({ machine, versions, effort, scenarios }: Report): string {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${scenarios.map(section).join('\n')}
Medians of ${effort.rounds} interleaved rounds of ${effort.seconds} s. ${names.join(', ')}.
${machine.processor}, ${machine.cores} cores, ${machine.system}.
`
}

function section({ name, description, baseline, peers }: ScenarioReport): string {
  const failures = peers
    .filter(peer => peer.failure !== null)
    .map(peer => `\n${peer.name} failed: ${peer.failure}\n`)
  return `## ${name}: ${description}\n\n${table(columns(baseline), peers)}\n${failures.join('')}`
}

function table(columns: readonly Column[], peers: readonly PeerReport[]): string {
  const cells = [columns.map(([title]) => title), ...peers.map(peer => columns.map(([, cell]) => cell(peer)))]
  const widths = columns.map((_, column) => Math.max(3, ...cells.map(row => row[column]?.length ?? 0)))
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  const [head = [], ...body] = cells.map(row => row.map(pad))
  return [head, rule, ...body].map(row => `| ${row.join(' | ')} |\n`).join('')
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
