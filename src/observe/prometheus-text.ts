import { setImmediate } from 'node:timers/promises'
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import type { MetricFamily, MetricValue } from './metric-family.ts'

/** Series that are written in one turn of the event loop: a registry of thousands must not hold up requests. */
const AT_ONCE = 500

const processMetrics = new Registry()
collectDefaultMetrics({ register: processMetrics })
// Sums of others under the names of counters, which Prometheus' conventions forbid.
for (const kind of ['handles', 'requests', 'resources']) {
  processMetrics.removeSingleMetric(`nodejs_active_${kind}_total`)
}

/** What the process takes: memory, CPU, file descriptors, the event loop. */
export function writeProcessMetrics(): Promise<string> {
  return processMetrics.metrics()
}

export async function writeFamily(family: MetricFamily): Promise<string> {
  let text = ''
  let values: MetricValue[] = []
  for (const value of family.values()) {
    if (values.length === AT_ONCE) {
      text = append(text, await writeAtOnce(family, values))
      values = []
      await setImmediate()
    }
    values.push(value)
  }
  return append(text, await writeAtOnce(family, values))
}

/** What says the name and the type, two lines, stands once above all series. */
function append(text: string, more: string): string {
  return text === '' ? more : text + more.replace(/^(?:#.*\n){2}/, '')
}

function writeAtOnce({ name, type, help }: MetricFamily, values: readonly MetricValue[]): Promise<string> {
  const registry = new Registry()
  // Of a metric, its registry uses no more than this. The classes of prom-client could not take a histogram that was
  // counted elsewhere.
  const metric = { name, get: async () => ({ name, type, help, values }) }
  registry.registerMetric(metric as unknown as Metric)
  return registry.metrics()
}
