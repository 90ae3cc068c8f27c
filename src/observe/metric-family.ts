/** All series of one name, as Prometheus has them. */
export interface MetricFamily {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** One sentence. */
  readonly help: string
  values(): Iterable<MetricValue>
}

export interface MetricValue {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  /** Where it is not the family's: the parts of a histogram. */
  readonly metricName?: string
}
