import assert from 'node:assert/strict'
import { Events } from '../../src/observe/events.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { emptyRecord } from '../../src/proxy/record.ts'
import type { TestProxy } from './proxy.ts'

/** What Prometheus gets of a proxy, whose admin plane must be on. */
export async function scrape({ app }: TestProxy): Promise<string> {
  const response = await fetch(`${app.admin?.url}/metrics`)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8')
  return response.text()
}

/** The samples in Prometheus' text format: `name{label="value",…}` and the value. */
export function readSamples(text: string): Map<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

export interface ShownFamily {
  readonly name: string
  readonly type: string
  readonly help: string
}

/** The metrics by name, as the text says what they are. */
export function readFamilies(text: string): ShownFamily[] {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \1 (\w+)$/gm)].map(
    ([, name = '', help = '', type = '']) => ({ name, type, help }),
  )
}

/** The text of metrics of which every one has a value, and every label. */
export async function exampleMetrics(): Promise<string> {
  const events = new Events()
  const metrics = new Metrics(events, {
    gauges: () => ({ clientConnections: 1, tunnels: 1, upstreamConnections: { active: 1, idle: 1 } }),
    certificates: () => [{ id: 'api', notAfter: Date.now(), usable: true }],
    generation: () => 1,
  })
  events.request({ ...emptyRecord('id'), way: 'absolute-http', certificate: 'api', error: 'dns_failed' })
  events.handshake({ certificate: 'api', resumed: true, result: 'ok' })
  events.closed('connections')
  events.registry({
    ...{ at: Date.now(), reason: 'start', outcome: 'loaded', generation: 1, entries: 1, ms: 1 },
    ...{ added: ['api'], changed: [], removed: [], problems: [] },
  })
  return metrics.text()
}
