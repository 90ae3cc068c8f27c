import type { App } from '../../src/app.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { certificateStates } from '../../src/registry/certificate-states.ts'

/** The metrics of an app, from now on. */
export function metricsOf({ events, registry, gauges }: App): Metrics {
  return new Metrics(events, {
    gauges,
    certificates: () => certificateStates(registry.current, Date.now()),
    generation: () => registry.current.generation,
  })
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
