import type { ComponentChildren } from 'preact'
import type { Status } from '../../../src/admin/schemas.ts'
import { formatBytes, formatLong } from '../parts/quantity.ts'

/** What the process is and has at this moment. */
export function ProcessFacts(status: Status) {
  const { ready, version, node, pid, generation, connections, memory, cpuSeconds } = status
  const { clientConnections, tunnels, upstreamConnections } = connections
  const upSeconds = Math.max(1, (Date.now() - Date.parse(status.startedAt)) / 1000)
  return (
    <dl class="card process-facts">
      <Fact name="State" more={`since ${new Date(status.startedAt).toLocaleString()}`}>
        <span class={`badge ${ready ? 'good' : 'warn'}`}>{ready ? 'Ready' : 'Not ready'}</span>
      </Fact>
      <Fact name="Runner connections" more={tunnels === 1 ? '1 tunnel' : `${tunnels} tunnels`}>
        {clientConnections.toLocaleString()}
      </Fact>
      <Fact name="Server connections" more={`in use; ${upstreamConnections.idle} idle`}>
        {upstreamConnections.active.toLocaleString()}
      </Fact>
      <Fact name="Generation" more="of the registry">
        {generation}
      </Fact>
      <Fact name="Memory" more="resident">
        {formatBytes(memory.rss)}
      </Fact>
      <Fact name="Processor" more="of one core, so far">
        {percentage(cpuSeconds / upSeconds)}
      </Fact>
      <Fact name="Up for" more={`process ${pid}`}>
        {formatLong(upSeconds)}
      </Fact>
      <Fact name="Version" more={`Node ${node.replace(/^v/, '')}`}>
        {version}
      </Fact>
    </dl>
  )
}

function Fact({ name, more, children }: { name: string; more: string; children: ComponentChildren }) {
  return (
    <div data-fact={name}>
      <dt>{name}</dt>
      <dd class="fact-value">{children}</dd>
      <dd class="small quiet">{more}</dd>
    </div>
  )
}

function percentage(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}
